#pragma once

#include "model/bisimulation/lts.hpp"

#include <vector>

namespace lockstep {

/// A system without repetition, and how the original maps to it.
struct minimised_lts {
  /// Reachable from the initial state, which is 0; states are numbered in breadth-first order,
  /// along sorted edges, none of which occurs twice. So a minimised system stays what it is.
  lts system;
  /// For each state of the original the state that it became; `unreachable` if the initial state
  /// leads to no state of its class.
  std::vector<lts::state> state_of;
  static constexpr lts::state unreachable = static_cast<lts::state>(-1);
};

/// The smallest system that is branching bisimilar to this one: one state for each class of
/// reachable states, no inert steps. O(m log n) time; give the system away if it is large and not
/// needed any more.
[[nodiscard]] minimised_lts minimise_branching(lts system);

/// The smallest strongly bisimilar one.
[[nodiscard]] minimised_lts minimise_strong(lts system);

} // namespace lockstep
