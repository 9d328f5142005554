#pragma once

#include "model/bisimulation/label_table.hpp"
#include "model/bisimulation/named_system.hpp"
#include "model/drawing/drawing.hpp"

namespace lockstep {

/// Both systems in one picture: what both have, what only one has, and the deviating step. Which
/// states are the same: see `match_states`. If they are matched by behaviour, internal steps among
/// branching bisimilar states are left out, as are unreachable states.
///
/// Systems that are branching bisimilar have no deviating step. Otherwise it is the
/// `first_deviation`; if there is none, the step nearest to the initial state that only the
/// observed system has; if it has none, the specification can do more, and no step deviates.
///
/// @param specified With labels of `labels`, as `observed`.
[[nodiscard]] drawing drawing_of_difference(const named_system& specified,
                                            const named_system& observed,
                                            const label_table& labels);

} // namespace lockstep
