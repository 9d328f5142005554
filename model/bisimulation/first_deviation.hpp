#pragma once

#include "model/bisimulation/lts.hpp"

#include <cstddef>
#include <functional>
#include <optional>

namespace lockstep {

/// The last step of a shortest way through the observed system whose visible actions the specified
/// one cannot do. Labels of both mean the same.
///
/// @param max_explored How many pairs of a state and a set of states are looked at, at most. The
///        sizes of the sets and the steps looked at are limited in proportion, to some 16 states
///        and 64 steps a pair.
/// @returns nothing if there is no such way, or none within the limit.
[[nodiscard]] std::optional<lts::edge> first_deviation(const lts& specified, const lts& observed,
                                                       std::size_t max_explored = 20'000);

/// The first step that is wanted, breadth first from the initial state.
[[nodiscard]] std::optional<lts::edge>
nearest_step(const lts& system, const std::function<bool(const lts::edge&)>& is_wanted);

} // namespace lockstep
