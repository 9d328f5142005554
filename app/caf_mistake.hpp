#pragma once

#include <caf/error.hpp>

#include <string>

namespace lockstep {

/// CAF's reason for refusing a configuration's text or an argument, in our words: with line and
/// column, or with the argument, if it tells them.
[[nodiscard]] std::string describe_caf_mistake(const caf::error& reason);

} // namespace lockstep
