#pragma once

#include <CLI/CLI.hpp>

namespace lockstep {

/// Adds `lockstep draw`. Running it sets `status`, which must outlive `root`.
void add_draw_command(CLI::App& root, int& status);

} // namespace lockstep
