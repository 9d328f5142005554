#include "app/command_line.hpp"

#include "model/in_quotes.hpp"

#include <algorithm>
#include <string>

namespace lockstep {

namespace {

void add_option(CLI::App& command, invocation& called, const std::string& name,
                const option_description& option, const std::string& group) {
  auto* values = &called.options.values;
  auto flag = "--" + name;
  std::string help{option.help};
  CLI::Option* added = nullptr;
  switch (option.type) {
  case option_type::boolean:
    added = command.add_flag_function(
        flag + ",!--no-" + name,
        [values, name](std::int64_t count) { (*values)[name] = {count > 0 ? "true" : "false"}; },
        help);
    break;
  case option_type::text_list:
    added =
        command
            .add_option_function<std::vector<std::string>>(
                flag,
                [values, name](const std::vector<std::string>& typed) { (*values)[name] = typed; },
                help)
            ->expected(1)
            ->allow_extra_args(false)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
            ->type_name("FILE");
    break;
  case option_type::text:
  case option_type::integer:
    // Not a list for CLI11, which would take a value in brackets apart.
    added =
        command
            .add_option_function<std::string>(
                flag, [values, name](const std::string& typed) { (*values)[name] = {typed}; }, help)
            ->type_name(option.type == option_type::integer ? "NUMBER" : "TEXT");
    break;
  }
  added->group(group);
}

} // namespace

void add_node_options(CLI::App& command, invocation& called) {
  for (const auto& option : node_options_table())
    add_option(command, called, std::string(option.name), option, "Configuration");
}

void add_node_options(CLI::App& command, invocation& called,
                      std::initializer_list<std::string_view> names) {
  for (const auto& option : node_options_table())
    if (std::find(names.begin(), names.end(), option.name) != names.end())
      add_option(command, called, std::string(option.name), option, "Configuration");
}

void add_input_options(CLI::App& command, invocation& called) {
  for (const auto& option : input_options_table())
    add_option(command, called, "input." + std::string(option.name), option, "Input");
}

exit_status report_error(std::ostream& err, const failure& reason) {
  err << "lockstep: " << on_one_line(reason.message) << '\n';
  return exit_status_of(reason.code);
}

} // namespace lockstep
