#pragma once

#include "model/bisimulation/label_table.hpp"
#include "model/bisimulation/named_system.hpp"
#include "model/drawing/drawing.hpp"

namespace lockstep {

/// Everything that a system has, each transition once.
[[nodiscard]] drawing drawing_of(const named_system& named, const label_table& labels);

} // namespace lockstep
