#pragma once

#include "model/failure.hpp"

#include <string>

namespace lockstep {

/// The `invalid_argument` for a call whose operation id was given to a call of another kind, or
/// about something else.
[[nodiscard]] failure operation_of_another_kind(const std::string& operation_id);

/// The operation id of what a call about several things does to one of them: `ID/THING`. Empty
/// without an id.
[[nodiscard]] std::string operation_about(const std::string& operation_id, const term& one);

} // namespace lockstep
