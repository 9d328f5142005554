#pragma once

#include "model/term/term.hpp"
#include "persistence/instance_store.hpp"

#include <cstdint>
#include <functional>
#include <map>

namespace lockstep {

/// What a redistribution moved from one store to another.
struct redistribution_report {
  std::uint64_t instances = 0;
  /// Remembered operations.
  std::uint64_t operations = 0;

  friend bool operator==(const redistribution_report&, const redistribution_report&) = default;
};

/// The shard that an instance belongs to.
using home_function = std::function<std::uint32_t(const term& identifier)>;

/// Told now and then how many instances and operations were looked at so far.
using progress_function = std::function<void(std::uint64_t looked_at)>;

/// The same. @returns whether to go on.
using moving_function = std::function<bool(std::uint64_t looked_at)>;

/// All stores that hold something, or are to, by the number of their shard. Not owned.
using store_set = std::map<std::uint32_t, instance_store*>;

/// Brings every instance, with its history, deadline, operations and quarantine, into the store of
/// the shard that it belongs to now. The stores 1 … `factor` are those that remain; each of them
/// then knows all learned models and declared specifications. The others are left without
/// instances.
///
/// Nothing leaves a store before its copy is durable in another one, and a copy takes the place of
/// an earlier one. So after an end at any point, by an error or by the process being killed, the
/// same call or one with another division does the rest; until then instances may be in two
/// stores, which are the same in both as long as nobody records steps in between.
///
/// Takes memory for a thousand instances and fifty thousand steps, or for the longest history.
/// Instances that were moved come last in the order of their new store. An operation that was
/// stored without its instance is copied to every store that remains and does not know it, since it
/// may belong to any. Were an operation's id used for instances of two shards that become one, then
/// only one is remembered.
///
/// @param home Says 1 … `factor` for every identifier.
/// @pre The stores 1 … `factor` are there.
/// @returns the error of the first store that fails; `unavailable` if it was not to go on.
[[nodiscard]] result<redistribution_report> redistribute(const store_set& stores,
                                                         std::uint32_t factor,
                                                         const home_function& home,
                                                         const moving_function& progress = {});

} // namespace lockstep
