#pragma once

#include <CLI/CLI.hpp>

namespace lockstep {

/// Adds `lockstep instances list|show|delete`. Running it sets `status`, which must outlive `root`.
void add_instances_command(CLI::App& root, int& status);

} // namespace lockstep
