#pragma once

#include <CLI/CLI.hpp>

namespace lockstep {

/// Adds `lockstep shards list|show|start`. Running it sets `status`, which must outlive `root`.
void add_shards_command(CLI::App& root, int& status);

} // namespace lockstep
