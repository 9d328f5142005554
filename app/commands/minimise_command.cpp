#include "app/commands/minimise_command.hpp"

#include "app/command_line.hpp"
#include "app/systems/system_file.hpp"
#include "app/systems/system_output.hpp"
#include "app/text_table.hpp"
#include "app/usage_error.hpp"
#include "model/bisimulation/equivalence.hpp"
#include "model/bisimulation/minimisation.hpp"
#include "model/in_quotes.hpp"
#include "persistence/text_file.hpp"

#include <cstddef>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace lockstep {

namespace {

using json = nlohmann::ordered_json;

constexpr const char* examples = R"(Examples:
  lockstep minimise protocol.aut -o small.aut
  lockstep minimise config/models/NovaVm.spex -o NovaVm.json
  lockstep minimise protocol.aut --equivalence strong -o - > small.aut
  lockstep minimise config/specs/order.json --format mermaid -o -

The ending of FILE tells its form: .aut (Aldebaran; i and tau are internal), .spex,
.json, .mmd, .mermaid, .md, .markdown. That of OUT tells the form to write: .aut, .spex,
.json, .mmd, .mermaid; with -o - it is that of FILE unless --format says otherwise.
A state with a name keeps it, as the first one of those that it stands for. OUT is written whole
or not at all.

Exit status: 0 OUT is written, 2 something cannot be read or written.)";

struct minimise_arguments {
  std::string input;
  std::string output;
  std::string equivalence = "branching";
  std::string format;
  bool json = false;
};

struct size {
  std::size_t states;
  std::size_t transitions;
};

size size_of(const lts& system) { return {system.state_count, system.edges.size()}; }

std::string in_words(size one) {
  return counted(one.states, "state") + ", " + counted(one.transitions, "transition");
}

json in_json(size one) { return {{"states", one.states}, {"transitions", one.transitions}}; }

/// Puts the smallest system in the place of the system. It does not depend on the order in which a
/// file mentions actions.
void minimise(named_system& named, label_table& labels, equivalence kind) {
  const auto number = labels.sort();
  for (auto& edge : named.system.edges)
    edge.action = number[edge.action];
  auto smallest = kind == equivalence::strong ? minimise_strong(std::move(named.system))
                                              : minimise_branching(std::move(named.system));
  const auto count = smallest.system.state_count;
  named.system = std::move(smallest.system);
  if (named.state_names.empty())
    return;
  std::vector<std::string> names(count);
  std::vector<bool> is_named(count);
  for (lts::state old = 0; old < smallest.state_of.size(); ++old) {
    const auto state = smallest.state_of[old];
    if (state == minimised_lts::unreachable || is_named[state])
      continue;
    is_named[state] = true;
    names[state] = std::move(named.state_names[old]);
  }
  named.state_names = std::move(names);
}

result<void> write(const minimise_arguments& arguments, const system_file& file,
                   const label_table& labels, system_format format) {
  if (arguments.output != "-")
    return write_text_file(arguments.output, [&](std::ostream& out) {
      return write_system(out, file, labels, format);
    });
  return write_system(std::cout, file, labels, format);
}

/// The form that the command line asks for; nothing if it is that of the input.
result<std::optional<system_format>> wanted_format(const minimise_arguments& arguments) {
  if (!arguments.format.empty() || arguments.output == "-")
    return parse_system_format(arguments.format);
  return output_format_of(arguments.output).map([](system_format format) {
    return std::optional(format);
  });
}

result<void> minimise_file(const minimise_arguments& arguments) {
  const auto format = wanted_format(arguments);
  if (!format)
    return tl::unexpected(format.error());
  label_table labels;
  auto file = read_system(arguments.input, labels);
  if (!file)
    return tl::unexpected(std::move(file.error()));
  const auto before = size_of(file->system.system);
  const auto kind = parse_equivalence(arguments.equivalence).value_or(equivalence::branching);
  minimise(file->system, labels, kind);
  const auto after = size_of(file->system.system);
  if (auto written = write(arguments, *file, labels, format->value_or(file->format)); !written)
    return written;
  if (arguments.output == "-" && !std::cout.flush())
    return {}; // there is nothing to report; that it is lost, main tells
  auto& report = arguments.output == "-" ? std::cerr : std::cout;
  if (arguments.json)
    report << json{{"input", arguments.input},
                   {"output", arguments.output},
                   {"equivalence", to_string(kind)},
                   {"before", in_json(before)},
                   {"after", in_json(after)}}
                  .dump(2, ' ', false, json::error_handler_t::replace)
           << '\n';
  else
    report << on_one_line(arguments.input) << ": " << in_words(before) << "; "
           << on_one_line(arguments.output) << ": " << in_words(after) << ", " << to_string(kind)
           << " bisimilar\n";
  return {};
}

exit_status run_minimise(const minimise_arguments& arguments) {
  if (const auto done = minimise_file(arguments); !done)
    return report_error(std::cerr, done.error());
  return exit_status::clean;
}

} // namespace

void add_minimise_command(CLI::App& root, int& status) {
  auto* command = root.add_subcommand("minimise", "Write the smallest equivalent system");
  auto arguments = std::make_shared<minimise_arguments>();
  command->add_option("FILE", arguments->input, "The system to minimise")->required();
  command->add_option("-o,--output", arguments->output, "File to write, or - for standard output")
      ->type_name("OUT")
      ->required();
  command
      ->add_option("--equivalence", arguments->equivalence,
                   "branching: internal steps are invisible as long as they take no choice away; "
                   "strong: they are steps like others")
      ->check(one_of({"branching", "strong"}))
      ->capture_default_str();
  command->add_option("--format", arguments->format, "Form to write, whatever OUT's ending")
      ->check(one_of({"aut", "spex", "json", "mermaid"}));
  command->add_flag("--json", arguments->json,
                    "Print the sizes as JSON; with -o - on standard error");
  command->footer(examples);
  command->callback([arguments, &status] { status = static_cast<int>(run_minimise(*arguments)); });
}

} // namespace lockstep
