#pragma once

#include "app/runtime.hpp"

#include <string>

#include <CLI/CLI.hpp>

namespace lockstep {

/// `lockstep observe`: reads an input to its end and tells what its instances did.
/// @param called Where the arguments end up; with `status` it must outlive `root`.
void add_observe_command(CLI::App& root, invocation& called, int& status);

} // namespace lockstep
