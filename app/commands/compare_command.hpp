#pragma once

#include <CLI/CLI.hpp>

namespace lockstep {

/// Adds `lockstep compare`. Running it sets `status`, which must outlive `root`.
void add_compare_command(CLI::App& root, int& status);

} // namespace lockstep
