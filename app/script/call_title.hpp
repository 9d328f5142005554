#pragma once

#include "app/script/script.hpp"

#include <string>

namespace lockstep {

/// How a call is shown before its result.
[[nodiscard]] std::string title_of(const script_call& call);

} // namespace lockstep
