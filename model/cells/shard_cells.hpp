#pragma once

#include "model/cells/cell_contents.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace lockstep {

struct cell_options {
  /// So many heights at and below the write watermark stay readable. More take more memory and
  /// disk: that of all versions written in so many heights.
  std::uint64_t keep_heights = 1'000;
};

/// The value of a cell at some height; nothing: absent.
using cell_value = std::optional<term>;

/// Why the answer to a read is not certain yet.
struct read_block {
  /// The lowest height below that of the read at which a value may still appear.
  std::uint64_t height = 0;
  /// Is that an open reservation of the cell? Otherwise it is the first height above the write
  /// watermark, and the read waits until the watermark has reached the height below its own.
  bool reserved = false;

  friend bool operator==(const read_block&, const read_block&) = default;
};

using read_answer = std::variant<cell_value, read_block>;

/// The multi-version cells of one keyed shard. Pure: no I/O, no clock; not thread-safe.
///
/// Each operation that changes something returns the change. The caller stages it, commits it with
/// those of other operations, and only then answers: also the reads that it was asked in between,
/// since they may have seen what is not durable yet. If the commit fails, these cells are replaced
/// by new ones made of what the store holds.
///
/// A call that has an operation id is looked for under it first (`answered_before`), and remembered
/// when it is made, with its change; so a repetition changes nothing and gets the first answer.
/// That holds as long as its height is not below the horizon. Below it, nothing can be reserved,
/// written or given up any more, so a repetition is refused then; and raising the watermark to
/// what is below it changes nothing.
///
/// Heights lie between 1 and `max_height`. A read of a height is certain, and stays so for ever,
/// when all slots below it are closed: those up to the watermark, unless they are reserved.
class shard_cells {
public:
  explicit shard_cells(cell_options options = {}) : options_(options) {}
  explicit shard_cells(const cell_contents& contents, cell_options options = {});

  // Entries refer to each other.
  shard_cells(const shard_cells&) = delete;
  shard_cells& operator=(const shard_cells&) = delete;
  shard_cells(shard_cells&&) = default;
  shard_cells& operator=(shard_cells&&) = default;
  ~shard_cells() = default;

  /// @returns the `reserve_slot`. Errors: `below_watermark` at or below the watermark; `occupied`
  ///          for a slot that is reserved or written; `invalid_argument` beyond `max_height`.
  [[nodiscard]] result<cell_change> reserve(const cell_key& key, std::uint64_t height);

  /// A reserved slot may be written whatever the watermark is.
  /// @returns the `write_slot`. Errors: `occupied` for a slot that is written; `not_reserved` for
  ///          any other that is not reserved, also one whose version was collected.
  [[nodiscard]] result<cell_change> write(const cell_key& key, term value, std::uint64_t height);

  /// @returns the `free_slot`. Errors: `not_reserved`, also for a slot that is written.
  [[nodiscard]] result<cell_change> unreserve(const cell_key& key, std::uint64_t height);

  /// A watermark that is not above the present one changes nothing; `watermark` tells the one in
  /// force.
  /// @returns the `set_marks`, if anything changed. Errors: `invalid_argument` beyond `max_height`.
  [[nodiscard]] result<std::optional<cell_change>> advance_watermark(std::uint64_t height);

  /// Was this call made under this operation id before? Not without an id, nor if it was refused.
  /// @param call The value of a write does not count, nor does the height of a watermark, as long
  /// as
  ///             the one that was the answer is not below it.
  /// @returns the height that was remembered, which is the answer if it is a watermark; nothing for
  ///          a new call. Errors: `invalid_argument` if the id stands for another call.
  [[nodiscard]] result<std::optional<std::uint64_t>>
  answered_before(const std::string& operation_id, const cell_call& call) const;

  /// Remembers a call that was just made for the first time. @pre The id is not empty.
  [[nodiscard]] cell_change remember(std::string operation_id, cell_call call);

  /// The newest value strictly below a height; or what it waits for.
  /// @returns `version_collected` below `horizon`, with that as `oldest_readable` in the context;
  ///          `invalid_argument` for height 0, below which nothing can be, and beyond `max_height`.
  [[nodiscard]] result<read_answer> read(const cell_key& key, std::uint64_t height) const;

  /// Removes versions that no reader can reach any more, and moves the horizon accordingly: to
  /// `keep_heights` below the watermark, but not beyond the lowest open reservation. Of each cell
  /// the newest version strictly below the horizon stays. Calls below it are forgotten. Reads that
  /// wait are not affected, if those that need not wait any more were answered before: what makes a
  /// read wait holds the horizon below it. Takes constant amortised time per version written and
  /// call remembered, whatever there is of other cells.
  ///
  /// Call it once for each commit.
  /// @param most Stops, with the horizon, after the first height at which so many versions, or so
  ///             many calls, were looked at.
  /// @returns the changes, one for each cell and the marks; none if the horizon stays.
  [[nodiscard]] std::vector<cell_change> collect(std::size_t most = 10'000);

  [[nodiscard]] std::uint64_t watermark() const noexcept { return watermark_; }
  /// The oldest height that can be read.
  [[nodiscard]] std::uint64_t horizon() const noexcept { return horizon_; }
  [[nodiscard]] std::size_t cell_count() const noexcept { return cells_.size(); }
  [[nodiscard]] std::size_t version_count() const noexcept { return versions_; }
  [[nodiscard]] std::size_t reservation_count() const noexcept { return reservations_; }

  /// A copy of everything.
  [[nodiscard]] cell_contents contents() const;

private:
  struct cell {
    std::map<std::uint64_t, term> versions;
    std::set<std::uint64_t> reserved;
  };
  using cell_map = std::unordered_map<cell_key, cell>;
  /// A version and the entry of its cell: those below it can go when the horizon is above it.
  using superseding = std::pair<std::uint64_t, cell_map::value_type*>;

  using call_map = std::unordered_map<std::string, cell_call>;

  void add_version(cell_map::value_type& entry, std::uint64_t height, term value);
  void add_reservation(cell& owner, std::uint64_t height);
  void remove_reservation(cell& owner, std::uint64_t height);
  void add_call(std::string operation_id, cell_call call);
  [[nodiscard]] std::uint64_t possible_horizon() const;
  /// A horizon, not above the given one, below which there are no more calls than may be looked at.
  [[nodiscard]] std::uint64_t nearer_horizon(std::uint64_t target, std::size_t most) const;
  void forget_calls_below_horizon();

  cell_options options_;
  std::uint64_t watermark_ = 0;
  std::uint64_t horizon_ = 0;
  cell_map cells_;
  /// Of all cells: how many at which height.
  std::map<std::uint64_t, std::size_t> open_;
  std::size_t reservations_ = 0;
  std::size_t versions_ = 0;
  /// Lowest first.
  std::priority_queue<superseding, std::vector<superseding>, std::greater<>> superseding_;
  call_map calls_;
  /// Their operation ids by height.
  std::map<std::uint64_t, std::vector<const std::string*>> calls_at_;
};

/// The `read_blocked` of a read that could not wait any longer, with `blocking_height` in the
/// context.
[[nodiscard]] failure read_blocked(const cell_key& key, std::uint64_t height,
                                   const read_block& block);

} // namespace lockstep
