#pragma once

#include "app/exit_status.hpp"
#include "app/inspection/node_view.hpp"
#include "app/runtime.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

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

/// Adds `--operation`, of what changes something. `operation_id` must outlive `command`.
void add_operation_option(CLI::App& command, std::string& operation_id);

/// Opens the view and runs `work` with it; an error of either is told on standard error.
[[nodiscard]] exit_status with_view(const view_arguments& arguments,
                                    const std::function<result<void>(node_view&)>& work);

/// Adds a subcommand whose arguments are an `Arguments` with a member `view`; running it runs
/// `work` with the view and sets `status`. @returns the subcommand and its arguments, for more
/// options.
template <class Arguments>
std::pair<CLI::App*, std::shared_ptr<Arguments>>
add_view_command(CLI::App& command, const char* name, const char* help, const char* examples,
                 int& status, result<void> (*work)(node_view&, const Arguments&)) {
  auto arguments = std::make_shared<Arguments>();
  auto* sub = command.add_subcommand(name, help);
  add_view_options(*sub, arguments->view);
  sub->footer(examples);
  sub->callback([arguments, work, &status] {
    status = static_cast<int>(
        with_view(arguments->view, [&](node_view& view) { return work(view, *arguments); }));
  });
  return {sub, arguments};
}

/// As above; the work tells the status, too.
template <class Arguments>
std::pair<CLI::App*, std::shared_ptr<Arguments>>
add_view_command(CLI::App& command, const char* name, const char* help, const char* examples,
                 int& status, result<exit_status> (*work)(node_view&, const Arguments&)) {
  auto arguments = std::make_shared<Arguments>();
  auto* sub = command.add_subcommand(name, help);
  add_view_options(*sub, arguments->view);
  sub->footer(examples);
  sub->callback([arguments, work, &status] {
    auto told = exit_status::clean;
    const auto ended = with_view(arguments->view, [&](node_view& view) {
      return work(view, *arguments).map([&](exit_status own) { told = own; });
    });
    status = static_cast<int>(ended == exit_status::clean ? told : ended);
  });
  return {sub, arguments};
}

} // namespace lockstep
