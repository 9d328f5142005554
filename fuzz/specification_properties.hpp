#pragma once

#include "model/workflow/specification_check.hpp"

#include <string_view>

namespace lockstep::fuzz {

/// What was read from a text, or why nothing was: findings and errors have places in the text, and
/// a specification is read back from its JSON and from its picture.
void demand_declared(std::string_view text, const result<declared_specification>& read);

} // namespace lockstep::fuzz
