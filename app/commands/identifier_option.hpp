#pragma once

#include "app/input/input_options.hpp"
#include "model/failure.hpp"
#include "model/term/term.hpp"

#include <string>

#include <CLI/CLI.hpp>

namespace lockstep {

/// Adds `--as`: what an identifier on the command line is; a binary by default. `type` must outlive
/// `command`.
void add_identifier_type(CLI::App& command, identifier_type& type);

/// Reads an identifier. Errors: `invalid_configuration`, with the text.
[[nodiscard]] result<term> typed_identifier(const std::string& text, identifier_type type);

} // namespace lockstep
