#pragma once

#include "bench/big_data/options.hpp"
#include "bench/support/figures.hpp"

#include <filesystem>
#include <vector>

namespace lockstep {
class term;
}

namespace lockstep::bench {

/// Starts a node on the store, lists it, also while steps are made, and lets instances make steps
/// in random order; adds what that takes to the card.
void measure_node(const std::filesystem::path& folder, const std::vector<term>& identifiers,
                  const big_data_options& options, scorecard& card);

/// What the books of one shard need: memory of residents, and time of slices of pruning, which
/// removes its instances.
void measure_books(const std::filesystem::path& folder, const std::vector<term>& identifiers,
                   const big_data_options& options, scorecard& card);

} // namespace lockstep::bench
