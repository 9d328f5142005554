#pragma once

#include "model/cells/shard_cells.hpp"

#include <cstddef>
#include <cstdint>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lockstep {

/// A read that need not wait any longer.
struct answered_read {
  /// The caller's number for it.
  std::uint64_t id = 0;
  result<cell_value> value;
};

/// The reads of one keyed shard that wait until their answer is certain. Each waits for one thing
/// at a time: a reserved slot of its cell, or the watermark; when that has come about it is looked
/// at again. So a change wakes those that wait for it and nobody else.
///
/// Pure; the caller has the deadlines, and calls one of the functions below after each change of
/// the cells, before `shard_cells::collect`. Answers are in ascending order of the reads' numbers.
class waiting_reads {
public:
  /// @pre No read waits under this number. `block` is what `cells.read(key, height)` returned.
  void add(std::uint64_t id, const cell_key& key, std::uint64_t height, const read_block& block);

  /// The slot was written or its reservation given up.
  [[nodiscard]] std::vector<answered_read> slot_closed(const shard_cells& cells,
                                                       const cell_key& key, std::uint64_t height);

  [[nodiscard]] std::vector<answered_read> watermark_moved(const shard_cells& cells);

  /// Looks at all of them: other cells have taken the place of those before.
  [[nodiscard]] std::vector<answered_read> cells_replaced(const shard_cells& cells);

  /// The read's time is over.
  /// @returns the `read_blocked` for it, see there, or what else is its answer by now; nothing if
  /// no read waits under this number.
  [[nodiscard]] std::optional<failure> expire(const shard_cells& cells, std::uint64_t id);

  /// Forgets a read. @returns whether there was one.
  bool remove(std::uint64_t id);

  [[nodiscard]] std::size_t size() const noexcept { return reads_.size(); }

private:
  /// A height that is waited for, and who waits.
  using place = std::pair<std::uint64_t, std::uint64_t>;
  struct waiting_read {
    cell_key key;
    std::uint64_t height = 0;
    read_block block;
  };

  /// Reads that have been taken out of the places where they waited.
  std::vector<answered_read> look_again(const shard_cells& cells, std::vector<std::uint64_t> ids);
  void wait(std::uint64_t id, const waiting_read& read);
  void leave(std::uint64_t id, const waiting_read& read);

  std::unordered_map<std::uint64_t, waiting_read> reads_;
  /// By cell, and by its slot.
  std::unordered_map<cell_key, std::set<place>> by_slot_;
  /// By the watermark that they need.
  std::set<place> by_watermark_;
};

} // namespace lockstep
