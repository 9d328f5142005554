#pragma once

#include "model/cells/binary_list.hpp"

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <variant>

namespace lockstep {

/// The greatest height of a cell. Slots begin at height 1; an initial value is at height 0.
inline constexpr std::uint64_t max_height = std::numeric_limits<std::int64_t>::max();

/// A call that changed the cells of a keyed shard, as its operation id stands for it.
struct cell_call {
  /// Part of the format on disk: append only, never renumber.
  enum class kind : std::uint8_t { reserve = 1, write, unreserve, advance_watermark };
  kind what = kind::reserve;
  /// Of the slot. A watermark is the shard's: empty.
  cell_key key;
  /// Of the slot; for a watermark, the one that was in force afterwards, which was the answer.
  std::uint64_t height = 0;

  friend bool operator==(const cell_call&, const cell_call&) = default;
};

// -- what is made durable of an operation on the cells of one keyed shard -------------------------

/// The slot is taken, without a value yet.
struct reserve_slot {
  cell_key key;
  std::uint64_t height = 0;
  friend bool operator==(const reserve_slot&, const reserve_slot&) = default;
};

/// The slot has this value; it is reserved no longer.
struct write_slot {
  cell_key key;
  std::uint64_t height = 0;
  term value;
  friend bool operator==(const write_slot&, const write_slot&) = default;
};

/// The slot is reserved no longer.
struct free_slot {
  cell_key key;
  std::uint64_t height = 0;
  friend bool operator==(const free_slot&, const free_slot&) = default;
};

/// All versions of a cell below this height are gone.
struct drop_versions {
  cell_key key;
  std::uint64_t below = 0;
  friend bool operator==(const drop_versions&, const drop_versions&) = default;
};

/// Both grow only.
struct set_marks {
  /// No slot at or below it can be reserved any more.
  std::uint64_t watermark = 0;
  /// The oldest height that can be read.
  std::uint64_t horizon = 0;
  friend bool operator==(const set_marks&, const set_marks&) = default;
};

/// The call was made under this operation id. That is known until the horizon is above its height.
struct remember_call {
  std::string operation_id;
  cell_call call;
  friend bool operator==(const remember_call&, const remember_call&) = default;
};

using cell_change =
    std::variant<reserve_slot, write_slot, free_slot, drop_versions, set_marks, remember_call>;

/// All cells of one keyed shard as a value: what a store holds of it.
struct cell_contents {
  std::uint64_t watermark = 0;
  std::uint64_t horizon = 0;
  /// The slots of each cell by height; nothing: reserved and not written. No cell is without slots.
  std::map<cell_key, std::map<std::uint64_t, std::optional<term>>> cells;
  /// Calls by their operation ids; none is below the horizon.
  std::map<std::string, cell_call> calls = {};

  /// A change that has been applied already changes nothing.
  void apply(const cell_change& change);

  friend bool operator==(const cell_contents&, const cell_contents&) = default;
};

} // namespace lockstep
