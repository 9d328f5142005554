#pragma once

#include "model/term/term.hpp"
#include "model/term/term_map.hpp"

#include <caf/actor_control_block.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lockstep {

/// May a name have one holder, or several at once?
enum class key_kind : std::uint8_t { unique, duplicate };

/// That an actor holds a name.
struct registration {
  caf::strong_actor_ptr holder;
  term value;
  /// Of the table, when the value was given.
  std::uint64_t version = 0;

  friend bool operator==(const registration&, const registration&) = default;
};

/// One change of a `name_index`.
struct name_change {
  enum class kind : std::uint8_t {
    /// The holder gets the name, which it does not have yet.
    assign,
    /// The holder, which has the name, gives it up.
    withdraw,
    /// The holder, which has the name, has it with that value from now on.
    update,
    /// The key of the metadata gets the value.
    put_meta,
    /// All names and metadata go.
    clear,
  };

  kind what;
  term key;
  caf::strong_actor_ptr holder;
  term value;
  /// That of the index after the change; 1 more than before.
  std::uint64_t version = 0;
};

/// Names and their holders, for one thread.
class name_index {
public:
  /// As the change demands; the same changes make the same index.
  void apply(const name_change& change);

  /// How many changes there have been.
  [[nodiscard]] std::uint64_t version() const noexcept { return version_; }
  /// How many registrations there are.
  [[nodiscard]] std::size_t count() const noexcept { return count_; }

  /// The one that has held the name for longest; null: nobody does. @param packed The name, as
  /// `pack` returns it.
  [[nodiscard]] caf::actor_control_block* holder(const term& key,
                                                 const packed_key& packed) const noexcept {
    const auto* found = names_.find_word(key, packed);
    return found == nullptr ? nullptr : *found;
  }

  /// Null if the actor does not hold the name.
  [[nodiscard]] const registration* find(const term& key,
                                         const caf::strong_actor_ptr& holder) const;

  /// Calls `visit(const registration&)` for each holder of a name, in order of their registrations.
  template <class F>
  void for_each_holder(const term& key, F visit) const {
    const auto* found = names_.find(key);
    if (found == nullptr)
      return;
    visit(found->first);
    for (const auto& [since, other] : found->others)
      visit(other);
  }

  /// The names of a holder, in term order.
  [[nodiscard]] std::vector<term> names_of(const caf::strong_actor_ptr& holder) const;

  /// All names in term order.
  [[nodiscard]] const std::set<term>& names() const noexcept { return ordered_; }

  /// Null if nothing was put there.
  [[nodiscard]] const term* meta(const term& key) const noexcept {
    const auto found = meta_.find(key);
    return found == meta_.end() ? nullptr : &found->second;
  }

private:
  struct holders {
    registration first;
    /// When the first one got the name: as the version of then.
    std::uint64_t since = 0;
    /// By when they got the name.
    std::map<std::uint64_t, registration> others;
  };

  void assign(const name_change& change);
  void withdraw(const name_change& change);
  [[nodiscard]] registration* find(const term& key, const caf::strong_actor_ptr& holder);

  std::uint64_t version_ = 0;
  std::size_t count_ = 0;
  /// With each name's first holder, which is what is asked for most.
  term_map<holders, caf::actor_control_block*> names_;
  /// What each holder has, and since when. The pointers are those that `names_` keeps alive.
  std::unordered_map<const caf::actor_control_block*, std::map<term, std::uint64_t>> by_holder_;
  std::set<term> ordered_;
  std::map<term, term> meta_;
};

} // namespace lockstep
