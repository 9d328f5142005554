#pragma once

#include "model/bisimulation/label_table.hpp"
#include "model/bisimulation/named_system.hpp"
#include "model/workflow/implementation_model.hpp"
#include "model/workflow/specification.hpp"

#include <optional>

namespace lockstep {

/// What a specification describes, from its initial state on. Without transitions it is a single
/// deadlock state.
[[nodiscard]] named_system system_of(const specification& spec, label_table& labels);

/// What an implementation was seen to do, from the target of its initialisation on; the
/// initialisation itself is left out. A target that no other transition mentions is a deadlock.
/// @returns nothing if there is other than exactly one initialisation.
[[nodiscard]] std::optional<named_system> system_of(const implementation_model& model,
                                                    label_table& labels);

} // namespace lockstep
