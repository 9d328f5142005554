#pragma once

#include <CLI/CLI.hpp>

namespace lockstep {

/// Adds `lockstep store check|backup|compact`. Running it sets `status`, which must outlive `root`.
void add_store_command(CLI::App& root, int& status);

} // namespace lockstep
