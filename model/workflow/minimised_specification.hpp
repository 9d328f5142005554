#pragma once

#include "model/bisimulation/lts.hpp"
#include "model/workflow/specification.hpp"

#include <memory>

namespace lockstep {

/// What is known about a specification once and for all, for checks of many models against it: made
/// once and shared as a constant. Keeps the specification alive.
struct minimised_specification {
  /// Takes O(m log n) time for m transitions and n states. @pre Not null.
  explicit minimised_specification(std::shared_ptr<const specification> described);

  std::shared_ptr<const specification> spec;
  /// The smallest system that is branching bisimilar to it. Its labels are as an empty
  /// `label_table` numbers the specification's actions in their order.
  lts smallest;
  /// Whether it has neither internal steps nor two steps with the same action from one state.
  bool is_deterministic;
};

} // namespace lockstep
