#pragma once

#include "model/bisimulation/distinguishing_attack.hpp"
#include "model/bisimulation/formula.hpp"
#include "model/bisimulation/joint_system.hpp"

#include <cstddef>
#include <optional>

namespace lockstep {

/// A formula that holds in state `first` and not in `second`, both of `quotient`. It is no deeper
/// than their level, and a part is only there if some answer of the defender needs it.
/// Internal to `model/bisimulation/`.
///
/// Built after Cleaveland, "On Automatically Explaining Bisimulation Inequivalence", CAV 1990, and
/// Korver, "Computing Distinguishing Formulas for Branching Bisimulation", CAV 1991.
///
/// @param quotient Of the joint system.
/// @pre The history of `attacks`, which is of the quotient, separates the two.
/// @param work Counts down by what is looked at: each part is evaluated on all states.
/// @returns nothing if `work` or `max_nodes` do not suffice.
[[nodiscard]] std::optional<formula>
distinguishing_formula(const joint_system& joint, const lts& quotient, attack_finder& attacks,
                       lts::state first, lts::state second, std::size_t max_nodes,
                       std::size_t& work);

} // namespace lockstep
