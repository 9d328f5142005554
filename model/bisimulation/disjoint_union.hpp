#pragma once

#include "model/bisimulation/lts.hpp"

namespace lockstep {

/// Both systems side by side, for partitions of the states of both: the states of `rhs` come after
/// those of `lhs`, whose initial state stays the initial one. Labels of both mean the same.
[[nodiscard]] inline lts disjoint_union(lts lhs, const lts& rhs) {
  const auto offset = lhs.state_count;
  lhs.state_count += rhs.state_count;
  lhs.edges.reserve(lhs.edges.size() + rhs.edges.size());
  for (const auto& [from, action, to] : rhs.edges)
    lhs.edges.push_back({from + offset, action, to + offset});
  return lhs;
}

} // namespace lockstep
