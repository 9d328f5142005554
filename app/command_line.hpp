#pragma once

#include "app/exit_status.hpp"
#include "app/runtime.hpp"
#include "model/failure.hpp"

#include <ostream>

#include <CLI/CLI.hpp>

namespace lockstep {

/// Adds the options that every command with a node has: the configuration file and one option for
/// each of the configuration's. What is given ends up in `called`, which must outlive `command`.
void add_node_options(CLI::App& command, invocation& called);

/// Adds the options `--input.…`.
void add_input_options(CLI::App& command, invocation& called);

/// Prints `lockstep: MESSAGE` and returns the status that goes with the error.
exit_status report_error(std::ostream& err, const failure& reason);

} // namespace lockstep
