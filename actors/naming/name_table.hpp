#pragma once

#include "actors/interfaces.hpp"
#include "actors/naming/left_right.hpp"
#include "actors/naming/name_index.hpp"
#include "model/failure.hpp"
#include "model/term/term.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/message.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

namespace lockstep {

/// A name with one of its holders.
struct named_registration {
  term name;
  registration entry;
};

/// What the registry decides on, and what it does, between one version that is shown and the next.
class name_changes {
public:
  explicit name_changes(name_index& names) : names_(names) {}

  /// With the changes so far.
  [[nodiscard]] const name_index& names() const noexcept { return names_; }

  /// @returns The version after it.
  std::uint64_t make(name_change::kind what, const term& key, const caf::strong_actor_ptr& holder,
                     const term& value);

  [[nodiscard]] const std::vector<name_change>& made() const noexcept { return made_; }

private:
  name_index& names_;
  std::vector<name_change> made_;
};

/// The registry's names as everybody may read them: without a message, from any thread, and without
/// ever waiting.
///
/// One registry writes. Each call sees one version of the table, whole; between two calls it may
/// change. A name whose holder has ended is gone once the registry has handled that. Versions grow
/// by 1 with each change, also from one registry to the next: the table lives longer than they do.
///
/// A call that goes through many names (`select`, `match`, `keys_page`, `dispatch` to many) delays
/// the registry's next change until it is done, but no other reader. A predicate may read the table
/// itself, and must not wait for the registry.
class name_table {
public:
  // -- who has a name -----------------------------------------------------------------------------

  /// The holder of a name, the oldest of several; null if there is none.
  [[nodiscard]] caf::strong_actor_ptr lookup(const term& key) const {
    const auto packed = pack(key);
    return names_.read(
        [&](const name_index& names) { return caf::strong_actor_ptr{names.holder(key, packed)}; });
  }

  /// As `lookup`, from that version on: whoever got a version from the registry sees what it did.
  /// Errors: `unavailable` if the table is not there yet; the context has its `version`.
  [[nodiscard]] result<caf::strong_actor_ptr> lookup_since(const term& key,
                                                           std::uint64_t version) const;

  /// All holders in the order of their registrations.
  [[nodiscard]] std::vector<registration> find(const term& key) const;

  /// Sends every holder of the name the message, from nobody. @returns how many there are.
  std::size_t dispatch(const term& key, const caf::message& content) const;

  // -- what an actor has --------------------------------------------------------------------------

  /// The names of an actor in term order.
  [[nodiscard]] std::vector<term> keys(const caf::strong_actor_ptr& holder) const;

  /// The value with which an actor holds a name: one, or none if it does not.
  [[nodiscard]] std::vector<term> values(const term& key,
                                         const caf::strong_actor_ptr& holder) const;

  // -- the whole table ----------------------------------------------------------------------------

  /// How many registrations there are.
  [[nodiscard]] std::size_t count() const;

  /// The holders of a name whose values match a pattern, see `matches`.
  [[nodiscard]] std::vector<registration> match(const term& key, const term& pattern) const;

  /// The registrations that the predicate chooses, in term order of their names.
  [[nodiscard]] std::vector<named_registration>
  select(const std::function<bool(const term& name, const registration& entry)>& chosen) const;

  /// Some names in term order: those after `after` (from the first one if there is none), at most
  /// `limit`. Fewer than that: they are the last.
  [[nodiscard]] std::vector<term> keys_page(const std::optional<term>& after,
                                            std::size_t limit) const;

  /// What was put there; nothing if nothing was.
  [[nodiscard]] std::optional<term> meta(const term& key) const;

  /// How many changes there have been.
  [[nodiscard]] std::uint64_t version() const;

  /// The registry in charge, for requests; null until it has started.
  [[nodiscard]] registry_actor registry() const;

  // -- for the registry alone ---------------------------------------------------------------------

  /// A registry begins, with no names and no metadata. Waits for readers.
  void take_over(registry_actor registry);

  /// Lets `make` change the names and shows the result, without waiting. @returns false, and has
  /// not called `make`, while somebody still reads the version before the one that is shown.
  [[nodiscard]] bool try_change(const std::function<void(name_changes&)>& make);

  /// Forgets what was shown before, if nobody reads it any more; until then actors that have lost
  /// their names are kept in memory. @returns whether it is forgotten.
  bool settle() { return names_.settle(); }

private:
  left_right<name_index> names_;
  mutable std::mutex mutex_; // held for the copy of a pointer only
  registry_actor registry_;
};

} // namespace lockstep
