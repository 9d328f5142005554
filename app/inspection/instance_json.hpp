#pragma once

#include "model/workflow/instance.hpp"
#include "persistence/stored_instance.hpp"

#include <string>

namespace lockstep {

/// One instance without its history, as JSON on one line.
[[nodiscard]] std::string to_json_text(const stored_instance& one);

/// One instance with its history, as JSON on one line.
[[nodiscard]] std::string to_json_text(const instance& whole);

} // namespace lockstep
