#pragma once

#include "model/workflow/specification.hpp"

#include <string>
#include <string_view>

namespace lockstep {

/// Reads a specification:
///
///     { "specification": "Order",
///       "transition_timeout": "30s", "prune_timeout": "infinity",
///       "prunable_states": "all" | "terminal" | "none" | ["paid"],
///       "swallow": ["deviation_still_equivalent", "impl_model_not_found"],
///       "transitions": [["new", "pay", "paid"], ["paid", "ship", "shipped"]] }
///
/// Only `specification` and `transitions` are needed, and at least one transition: its source is
/// the initial state. Unknown and repeated members are errors.
/// @param source How messages name the text, e.g. its path.
/// @returns `invalid_specification`. If the text is no JSON, the message has source, line and
/// column
///          (both from 1, in bytes), also as context `file`, `line`, `column`; otherwise it has
///          source and JSON pointer of the wrong value, also as context `file`, `pointer`.
[[nodiscard]] result<specification> parse_specification_json(std::string_view text,
                                                             std::string_view source);

/// Writes the same form, all members given, two blanks a level, a line feed at the end.
/// `parse_specification_json` reads it back as an equal specification unless it has no transitions.
[[nodiscard]] std::string to_json_text(const specification& spec);

} // namespace lockstep
