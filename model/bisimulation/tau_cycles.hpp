#pragma once

#include "model/bisimulation/lts.hpp"

#include <vector>

namespace lockstep {

/// A system without tau-cycles. Internal to `model/bisimulation/`.
struct collapsed_lts {
  /// No edge twice. Every tau edge leads from a larger state to a smaller one, so ascending order
  /// is a topological order of the internal steps, last ones first.
  lts system;
  /// For each state of the original which one it became.
  std::vector<lts::state> state_of;
};

/// Makes one state of the states on each tau-cycle: they are branching bisimilar, and internal
/// steps between them change nothing (van Glabbeek and Weijland, section 5; Groote and Vaandrager,
/// ICALP 1990).
[[nodiscard]] collapsed_lts collapse_tau_cycles(const lts& system);

} // namespace lockstep
