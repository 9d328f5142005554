#pragma once

#include "model/bisimulation/equivalence.hpp"
#include "model/bisimulation/lts.hpp"
#include "model/bisimulation/tau_cycles.hpp"

#include <vector>

namespace lockstep {

/// What the initial states of two systems reach, side by side: the states of `lhs` come first, each
/// side in breadth-first order from its initial state. Internal to `model/bisimulation/`.
struct joint_system {
  /// `initial` is the one of `lhs`. For strong bisimilarity internal steps are `internal_action`.
  lts system;
  /// How many of the states are of `lhs`; the first one after them is the initial state of `rhs`.
  lts::state lhs_count = 0;
  /// The number that each state has in its own system.
  std::vector<lts::state> original;
  /// What stands for an internal step: `lts::tau`, or a label that neither system has.
  lts::label internal_action = lts::tau;

  [[nodiscard]] bool is_lhs(lts::state state) const noexcept { return state < lhs_count; }
  [[nodiscard]] lts::label original_action(lts::label action) const noexcept {
    return action == internal_action ? lts::tau : action;
  }
};

/// @param visible_internal_steps For strong bisimilarity: internal steps are steps like others.
[[nodiscard]] joint_system join_reachable(const lts& lhs, const lts& rhs,
                                          bool visible_internal_steps);

/// A state for each class of branching bisimilar states, sorted as `collapse_tau_cycles` does.
[[nodiscard]] collapsed_lts quotient_of(const lts& system);

} // namespace lockstep
