#pragma once

#include "app/runtime.hpp"

#include <CLI/CLI.hpp>

namespace lockstep {

/// `lockstep run`: runs a node with its script, then serves.
/// @param called Where the arguments end up; with `status` it must outlive `root`.
void add_run_command(CLI::App& root, invocation& called, int& status);

} // namespace lockstep
