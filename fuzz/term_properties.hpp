#pragma once

#include "model/term/term.hpp"

namespace lockstep::fuzz {

/// Whatever a term was read from: each of its written forms is read as the same term again and is
/// written the same then, and it has a hash in the range.
void demand_forms_agree(const term& value);

} // namespace lockstep::fuzz
