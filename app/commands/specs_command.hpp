#pragma once

#include <CLI/CLI.hpp>

namespace lockstep {

/// Adds `lockstep specs list|show|validate`. Running it sets `status`, which must outlive `root`.
void add_specs_command(CLI::App& root, int& status);

} // namespace lockstep
