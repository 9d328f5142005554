#pragma once

#include <CLI/CLI.hpp>

namespace lockstep {

/// Adds `lockstep minimise`. Running it sets `status`, which must outlive `root`.
void add_minimise_command(CLI::App& root, int& status);

} // namespace lockstep
