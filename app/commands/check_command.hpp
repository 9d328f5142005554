#pragma once

#include <CLI/CLI.hpp>

namespace lockstep {

/// Adds `lockstep check`. Running it sets `status`, which must outlive `root`.
void add_check_command(CLI::App& root, int& status);

} // namespace lockstep
