#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <vector>

namespace lockstep {

/// A labelled transition system in dense form, as the algorithms want it: all states and labels are
/// numbers, edges may be in any order and may repeat. There are fewer than 2^31 states and fewer
/// than 2^31 edges, so that the algorithms can count in 32 bits, two systems side by side included.
struct lts {
  using state = std::uint32_t;
  /// Any number but the largest.
  using label = std::uint32_t;

  /// The unobservable action.
  static constexpr label tau = 0;

  struct edge {
    state from;
    label action;
    state to;
    friend auto operator<=>(const edge&, const edge&) = default;
  };

  /// States are `0 … state_count - 1`; at least one. Every state in `edges` and `initial` is one.
  state state_count = 1;
  state initial = 0;
  std::vector<edge> edges;
};

/// Puts the edges in order; one that occurs more often stays once.
inline void sort_edges(lts& system) {
  std::ranges::sort(system.edges);
  const auto repeated = std::ranges::unique(system.edges);
  system.edges.erase(repeated.begin(), repeated.end());
}

} // namespace lockstep
