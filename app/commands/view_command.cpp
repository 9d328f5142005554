#include "app/commands/view_command.hpp"

#include "app/command_line.hpp"

#include <iostream>

namespace lockstep {

void add_view_options(CLI::App& command, view_arguments& arguments) {
  command
      .add_option("--connect", arguments.connect,
                  "A running node; default: the node that has the store, or the store itself")
      ->type_name("HOST:PORT");
  command.add_flag("--json", arguments.json, "Print JSON");
  command.add_option("-c,--config", arguments.called.options.config_file, "Configuration file")
      ->type_name("FILE");
  add_node_options(command, arguments.called, {"store-dir", "impl-models-dir", "specifications"});
}

void add_operation_option(CLI::App& command, std::string& operation_id) {
  command
      .add_option("--operation", operation_id,
                  "Operation id: a repetition changes nothing and gets the first answer")
      ->check(CLI::Validator(
          [](const std::string& typed) {
            return typed.empty() ? std::string{"is empty; give an id, or leave the option out"}
                                 : std::string{};
          },
          ""))
      ->type_name("ID");
}

exit_status with_view(const view_arguments& arguments,
                      const std::function<result<void>(node_view&)>& work) {
  auto configured = read_configuration(arguments.called);
  if (!configured)
    return report_error(std::cerr, configured.error());
  auto view = open_view({arguments.connect, std::move(*configured)});
  if (!view)
    return report_error(std::cerr, view.error());
  if (auto done = work(**view); !done)
    return report_error(std::cerr, done.error());
  return exit_status::clean;
}

} // namespace lockstep
