#pragma once

namespace CLI {
class App;
}

namespace lockstep {

/// Registers `where` with the command line. When it is parsed, the command runs and sets `status`,
/// which must outlive `root`.
void add_where_command(CLI::App& root, int& status);

} // namespace lockstep
