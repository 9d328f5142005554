#pragma once

#include "model/failure.hpp"
#include "model/workflow/implementation_model.hpp"

#include <string>
#include <string_view>

namespace lockstep {

/// Writes a model in the `.spex` text form, transitions in ascending order of their lines' bytes:
///
///     Specification: Elixir.MyApp.OrderSpec
///     Learning mode: false
///     Transitions:
///     nil --[__initialisation__]-> new
///     new --[pay]-> paid
///
/// with a line feed after each line. "No state" is written `nil`.
///
/// Every model is read back as it was written unless a name holds ` --[` or `]-> `, which the form
/// has no way to escape, or an initialisation starts in a state that is called `nil`.
[[nodiscard]] std::string to_spex_text(const implementation_model& model);

/// Reads the `.spex` text form. CRLF is read like LF; blank lines among and after the transitions
/// are ignored; a repeated transition counts once. `nil` is "no state" as the source of an
/// initialisation and a state's name everywhere else.
/// @param source How messages name the text, e.g. its path.
/// @returns `invalid_spex_file` with source, line (from 1) and reason, also as context `file`,
///          `line`. A line that can be read as more than one transition is an error too.
[[nodiscard]] result<implementation_model> parse_spex_text(std::string_view text,
                                                           std::string_view source);

} // namespace lockstep
