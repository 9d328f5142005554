#pragma once

#include "app/exit_status.hpp"
#include "app/inspection/node_view.hpp"
#include "app/runtime.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

namespace lockstep {

/// What every command that looks at a node is told.
struct view_arguments {
  invocation called;
  std::optional<std::string> connect;
  bool json = false;
};

/// Adds `--connect`, `--json`, the configuration file and the options that say where the store,
/// the models and the specifications are. `arguments` must outlive `command`.
void add_view_options(CLI::App& command, view_arguments& arguments);

/// Opens the view and runs `work` with it; an error of either is told on standard error.
[[nodiscard]] exit_status with_view(const view_arguments& arguments,
                                    const std::function<result<void>(node_view&)>& work);

} // namespace lockstep
