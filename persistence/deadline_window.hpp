#pragma once

#include "persistence/stored_instance.hpp"

#include <cstddef>
#include <optional>
#include <set>
#include <vector>

namespace lockstep {

/// The earliest deadlines of a shard, in memory; the later ones are in the store only. So a start
/// reads some of them, however many there are.
///
/// Knows all deadlines before its `horizon`.
class deadline_window {
public:
  /// @param capacity So many deadlines are read at once; twice as many are kept at most.
  explicit deadline_window(std::size_t capacity) : capacity_(capacity) {}

  /// How many are to be read at once.
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

  /// The first deadline that is not known here; nothing if all are.
  [[nodiscard]] const std::optional<deadline_position>& horizon() const noexcept {
    return horizon_;
  }

  /// Takes in a deadline, if it is before the horizon.
  void add(due_instance due);

  /// The deadline is over or is another one now; fine if it is not known here.
  void remove(const deadline_position& over);

  /// The earliest one that is known; null if there is none.
  [[nodiscard]] const due_instance* first() const {
    return due_.empty() ? nullptr : &*due_.begin();
  }

  /// When somebody must look: at the earliest deadline, or where what is known here ends.
  [[nodiscard]] std::optional<timestamp> next() const;

  /// Must more be read from the store, from the horizon on?
  [[nodiscard]] bool is_used_up() const noexcept { return due_.empty() && horizon_.has_value(); }

  /// Takes in what was read: the first ones from the horizon on, as many as `capacity` or all that
  /// there are.
  void refill(std::vector<due_instance> read);

  /// Forgets everything; all must be read anew.
  void reset();

private:
  struct earlier {
    bool operator()(const due_instance& lhs, const due_instance& rhs) const noexcept {
      return position(lhs) < position(rhs);
    }
  };
  static deadline_position position(const due_instance& due) noexcept {
    return {due.at, due.number};
  }

  std::size_t capacity_;
  std::set<due_instance, earlier> due_;
  std::optional<deadline_position> horizon_ = deadline_position{};
};

} // namespace lockstep
