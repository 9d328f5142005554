#pragma once

#include "bench/big_data/options.hpp"
#include "persistence/ledger.hpp"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace lockstep::bench {

/// Steps of each instance, its initialisation included.
inline constexpr std::uint64_t steps_each = 3;
/// The state of the ring where an instance is after these.
inline constexpr std::size_t state_after_filling = steps_each - 1;

/// Finished instances of the ring may be pruned after this.
inline constexpr auto prune_after = std::chrono::hours{1};

/// The ring's specification, with rules for pruning.
[[nodiscard]] std::shared_ptr<const specification_catalog> prunable_ring();

/// The books of one shard.
[[nodiscard]] ledger open_books(const std::filesystem::path& folder, std::uint32_t shard,
                                const big_data_options& options);

/// Makes a store with these instances, each shard in a thread of its own.
void fill(const std::filesystem::path& folder, const std::vector<term>& identifiers,
          const big_data_options& options);

/// The same in a process of its own, so that what it needs is not counted as this one's. Only while
/// this process has one thread.
void fill_apart(const std::filesystem::path& folder, const std::vector<term>& identifiers,
                const big_data_options& options);

} // namespace lockstep::bench
