#pragma once

#include "app/exit_status.hpp"
#include "app/runtime.hpp"
#include "model/failure.hpp"

#include <initializer_list>
#include <ostream>
#include <string_view>

#include <CLI/CLI.hpp>

namespace lockstep {

/// Adds the options that every command with a node has: the configuration file and one option for
/// each of the configuration's. What is given ends up in `called`, which must outlive `command`.
void add_node_options(CLI::App& command, invocation& called);

/// Adds only some of them.
void add_node_options(CLI::App& command, invocation& called,
                      std::initializer_list<std::string_view> names);

/// Adds the options `--input.…`.
void add_input_options(CLI::App& command, invocation& called);

/// Prints `lockstep: MESSAGE`, on one line whatever is in it, and returns the status that goes with
/// the error.
exit_status report_error(std::ostream& err, const failure& reason);

} // namespace lockstep
