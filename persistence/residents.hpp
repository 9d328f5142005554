#pragma once

#include "model/term/term.hpp"
#include "persistence/name_ids.hpp"
#include "persistence/stored_instance.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace lockstep {

/// An instance in the memory of a shard: a `stored_instance` in little space.
struct resident {
  term identifier;
  /// Null for `nil`, which nearly all have.
  std::unique_ptr<const term> meta;
  std::uint64_t number = 0;
  std::uint64_t step_count = 0;
  timestamp last_step_at;
  std::optional<timestamp> deadline;
  /// Names of `residents::names`.
  std::uint32_t specification = 0;
  std::uint32_t state = 0;
  std::uint32_t times_late = 0;
  /// It is known that there is no such instance.
  bool is_deleted = false;

private:
  friend class residents;
  // Places in `residents::entries_`.
  std::uint32_t more_recent_ = 0;
  std::uint32_t less_recent_ = 0;
};

/// The instances that a shard has in memory, the most recently used ones: some 230 bytes each with
/// an identifier of 36 bytes (`bench/big_data`).
class residents {
public:
  residents();
  residents(residents&&) = default;
  residents& operator=(residents&&) = default;

  /// Null if nothing is known of the instance: the store must be asked. What is found counts as
  /// used just now, and stays where it is until it is dropped.
  [[nodiscard]] resident* find(const term& identifier);

  /// Makes an instance known. @pre `find` does not know it.
  resident& add(const stored_instance& known);

  /// Puts another instance in the place of one that was deleted or is to be.
  void replace(resident& known, const stored_instance& other);

  /// Deletions need no remembering once the store knows of them.
  void forget_deleted(const term& identifier);

  /// Drops the least recently used ones until at most so many are left. Only while the store has
  /// everything.
  void shrink_to(std::size_t limit);

  void clear();

  /// Ends the deadlines up to a time.
  void drop_deadlines(timestamp until);

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  [[nodiscard]] name_ids& names() noexcept { return names_; }
  [[nodiscard]] const std::string& specification_of(const resident& one) const {
    return names_.name(one.specification);
  }
  [[nodiscard]] const std::string& state_of(const resident& one) const {
    return names_.name(one.state);
  }
  /// The resident as others know it.
  [[nodiscard]] instance_head head_of(const resident& one) const;
  [[nodiscard]] stored_instance instance_of(const resident& one) const;

private:
  using place = std::uint32_t;
  static constexpr place none = 0;

  /// The slot where the search for an identifier begins.
  [[nodiscard]] std::size_t home_of(const term& identifier) const;
  /// Where the identifier is in `slots_`, or the free slot where it would be.
  [[nodiscard]] std::size_t slot_of(const term& identifier) const;
  void grow();
  void erase(place gone);
  void link_first(place entry);
  void unlink(place entry);

  /// By place; the first is the ring that orders all others by their use: the most recently used
  /// one is its `less_recent_`.
  std::deque<resident> entries_;
  std::vector<place> free_;
  /// A hash table with linear probing; `none` is free. Its size is a power of two.
  std::vector<place> slots_;
  std::size_t size_ = 0;
  name_ids names_;
};

} // namespace lockstep
