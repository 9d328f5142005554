#pragma once

#include "model/time.hpp"
#include "model/workflow/instance.hpp"
#include "model/workflow/specification.hpp"

#include <optional>
#include <string>

namespace lockstep {

/// When an instance becomes late: `transition_timeout` after its last step, and from then on.
///
/// Nothing if the specification has no such limit, if the instance has no steps (it was mocked), or
/// if its current state is a terminal state of the specification: a finished instance makes no
/// further step and is not late, on purpose. Also nothing if the deadline lies beyond the last
/// timestamp.
///
/// @pre `spec` is the instance's specification.
[[nodiscard]] std::optional<timestamp> deadline(const specification& spec,
                                                const instance_head& instance);

/// The same for an instance that has steps, the last of which led to `state`.
[[nodiscard]] std::optional<timestamp> deadline(const specification& spec, const std::string& state,
                                                timestamp last_step_at);

} // namespace lockstep
