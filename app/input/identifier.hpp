#pragma once

#include "app/input/input_options.hpp"
#include "model/failure.hpp"
#include "model/term/term.hpp"

#include <string_view>

namespace lockstep {

/// Reads an instance's identifier as it is written in logs and on command lines.
/// @returns `invalid_input` or `invalid_term` for text that is no identifier of that type; it is
///          never empty.
[[nodiscard]] result<term> parse_identifier(std::string_view text, identifier_type type);

} // namespace lockstep
