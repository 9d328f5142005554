#pragma once

#include "model/bisimulation/lts.hpp"

#include <algorithm>

namespace lockstep {

/// A visible label that no edge has. With it for internal steps, branching bisimilarity is strong
/// bisimilarity. Internal to `model/bisimulation/`.
[[nodiscard]] inline lts::label unused_label(const lts& system) {
  lts::label unused = lts::tau + 1;
  for (const auto& edge : system.edges)
    unused = std::max(unused, edge.action + 1);
  return unused;
}

inline void relabel(lts& system, lts::label from, lts::label to) {
  for (auto& edge : system.edges) {
    if (edge.action == from)
      edge.action = to;
  }
}

} // namespace lockstep
