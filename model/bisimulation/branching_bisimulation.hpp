#pragma once

#include "model/bisimulation/lts.hpp"
#include "model/workflow/implementation_model.hpp"
#include "model/workflow/specification.hpp"

#include <vector>

namespace lockstep {

/// The coarsest branching bisimulation: for each state the number of its class, `0 … n - 1` in
/// order of the classes' first states.
///
/// Branching bisimilarity after van Glabbeek and Weijland (JACM 43(3), 1996), not rooted and not
/// sensitive to divergence: a tau-loop equals a deadlock. Unreachable states have classes too.
///
/// Takes O(m log n) time for m edges and n states, memory in proportion to both, never stack. Which
/// algorithm and why: `signature_refinement`, and `bunch_refinement` where signatures are slow.
[[nodiscard]] std::vector<lts::state> branching_classes(lts system);

/// Are the initial states branching bisimilar? Labels of both mean the same.
[[nodiscard]] bool branching_bisimilar(const lts& lhs, const lts& rhs);

/// The coarsest strong bisimulation, numbered in the same way: internal steps are steps like
/// others.
[[nodiscard]] std::vector<lts::state> strong_classes(lts system);

/// Are the initial states strongly bisimilar?
[[nodiscard]] bool strongly_bisimilar(const lts& lhs, const lts& rhs);

/// Does the implementation do what its specification says, up to branching bisimilarity?
///
/// The compared states are the target of the model's initialisation and the specification's initial
/// state; the initialisation itself is not compared. A model with other than exactly one
/// initialisation does not do what its specification says, by rule. A specification without
/// transitions is a deadlock. Only `__internal__` is unobservable: an action that happens to be
/// called `i` or `tau` stays visible.
[[nodiscard]] bool equivalent(const implementation_model& model, const specification& spec);

} // namespace lockstep
