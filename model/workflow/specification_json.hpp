#pragma once

#include "model/workflow/specification_check.hpp"

#include <string>
#include <string_view>

namespace lockstep {

/// Reads a specification:
///
///     { "specification": "Order",
///       "transition_timeout": "30s", "prune_timeout": "infinity",
///       "prunable_states": "all" | "terminal" | "none" | ["paid"],
///       "swallow": ["deviation_still_equivalent", "impl_model_not_found"],
///       "log": {"deviation_not_equivalent": "off" | "debug" | "info" | "warning" | "error"},
///       "transitions": [["new", "pay", "paid"], ["paid", "ship", "shipped"]] }
///
/// Only `specification` and `transitions` are needed, and at least one transition: its source is
/// the initial state. Unknown and repeated members are errors.
/// @param source How messages name the text, e.g. its path.
/// @returns `invalid_specification`; the message begins `SOURCE, line L, column C (POINTER): `,
/// also
///          as context `file`, `line`, `column`, `pointer`. Positions are of the wrong value, or of
///          the key if that is wrong. There is no pointer if the text is no JSON.
[[nodiscard]] result<declared_specification> read_specification_json(std::string_view text,
                                                                     std::string_view source);

/// The same without findings.
[[nodiscard]] result<specification> parse_specification_json(std::string_view text,
                                                             std::string_view source);

/// Writes the same form, all members given (`log` only if it is not empty), two blanks a level, a
/// line feed at the end. `parse_specification_json` reads it back as an equal specification unless
/// it has no transitions.
[[nodiscard]] std::string to_json_text(const specification& spec);

} // namespace lockstep
