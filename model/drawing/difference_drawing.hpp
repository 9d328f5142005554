#pragma once

#include "model/bisimulation/label_table.hpp"
#include "model/bisimulation/named_system.hpp"
#include "model/drawing/drawing.hpp"

#include <cstddef>

namespace lockstep {

/// Both systems in one picture: what both have, what only one has, and the deviating step. Which
/// states are the same: see `match_states`. If they are matched by behaviour, internal steps among
/// branching bisimilar states are left out, as are unreachable states.
///
/// Systems that are branching bisimilar have no deviating step. Otherwise it is the
/// `first_deviation`. If there is none, it is the nearest step that only the observed system has,
/// from a state that both have, to a state that is branching bisimilar to none that the
/// specification comes to from there by the same action, perhaps after internal steps that change
/// nothing; for an internal step, staying there counts as such, too. The initial states count as
/// one that both have. If there is no such step, the specification can do more, and no step
/// deviates.
///
/// @param specified With labels of `labels`, as `observed`.
/// @param limit In a picture of more nodes or edges nobody sees a step, and none is marked.
[[nodiscard]] drawing drawing_of_difference(const named_system& specified,
                                            const named_system& observed, const label_table& labels,
                                            std::size_t limit = 20'000);

} // namespace lockstep
