#pragma once

#include <CLI/CLI.hpp>

namespace lockstep {

/// Adds `lockstep models list|show|export`. Running it sets `status`, which must outlive `root`.
void add_models_command(CLI::App& root, int& status);

} // namespace lockstep
