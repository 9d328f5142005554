#include "app/commands/specs_command.hpp"

#include "app/command_line.hpp"
#include "app/commands/view_command.hpp"
#include "app/text_table.hpp"
#include "model/in_quotes.hpp"
#include "model/workflow/mermaid.hpp"
#include "model/workflow/specification_json.hpp"
#include "persistence/specification_files.hpp"

#include <algorithm>
#include <iostream>
#include <memory>

#include <nlohmann/json.hpp>

namespace lockstep {

namespace {

using json = nlohmann::ordered_json;

constexpr const char* examples = R"(Examples:
  lockstep specs list --connect 127.0.0.1:4242
  lockstep specs show Order --config config/demo.conf
  lockstep specs show Order --mermaid
  lockstep specs validate config/specs/order.json docs/payment.md

list and show ask a node that runs through its port; of one that is down they read
the configured files and the store. validate reads JSON (.json), Mermaid (.mmd) and
Markdown (.md) files. Exit status of validate: 0 clean, 1 something is odd, 2 a file
cannot be used.)";

struct specs_arguments {
  view_arguments view;
  std::string name;
  bool mermaid = false;
  std::vector<std::filesystem::path> files;
};

result<void> list(node_view& view, const specs_arguments& arguments) {
  auto specs = view.specifications();
  if (!specs)
    return tl::unexpected(specs.error());
  if (arguments.view.json) {
    auto all = json::array();
    for (const auto& spec : *specs)
      all.push_back({{"specification", spec.name()},
                     {"states", spec.states().size()},
                     {"transitions", spec.transitions().size()},
                     {"transition_timeout", to_string(spec.options().transition_timeout)},
                     {"prune_timeout", to_string(spec.options().prune_timeout)}});
    std::cout << all.dump(2) << '\n';
    return {};
  }
  if (!specs->empty()) {
    text_table table{
        {"specification", "states", "transitions", "transition timeout", "prune timeout"}};
    for (const auto& spec : *specs)
      table.add({spec.name(), std::to_string(spec.states().size()),
                 std::to_string(spec.transitions().size()),
                 to_string(spec.options().transition_timeout),
                 to_string(spec.options().prune_timeout)});
    table.print(std::cout, "");
  }
  std::cout << counted(specs->size(), "specification") << '\n';
  return {};
}

result<void> show(node_view& view, const specs_arguments& arguments) {
  auto specs = view.specifications();
  if (!specs)
    return tl::unexpected(specs.error());
  auto found = std::find_if(specs->begin(), specs->end(),
                            [&](const auto& spec) { return spec.name() == arguments.name; });
  if (found == specs->end())
    return fail(ec::unknown_specification,
                "there is no specification " + arguments.name + "; see lockstep specs list");
  std::cout << (arguments.mermaid ? to_mermaid(*found) : to_json_text(*found));
  return {};
}

/// One file's part of a validation.
json validated(const std::filesystem::path& file, exit_status& worst, bool quiet) {
  auto read = read_specification_file(file);
  auto findings = json::array();
  json told{{"file", file.string()}};
  if (!read) {
    worst = exit_status::error;
    told["error"] = read.error().message;
    if (!quiet)
      std::cout << on_one_line(read.error().message) << '\n';
    return told;
  }
  for (const auto& finding : read->findings) {
    json one{{"message", finding.message}, {"state", finding.state}};
    if (finding.at) {
      one["line"] = finding.at->line;
      one["column"] = finding.at->column;
    }
    findings.push_back(std::move(one));
    if (!quiet)
      std::cout << on_one_line(finding.message) << '\n';
  }
  if (!read->findings.empty() && worst == exit_status::clean)
    worst = exit_status::findings;
  if (!quiet && read->findings.empty())
    std::cout << on_one_line(file.string()) << ": " << read->value.name() << ", "
              << counted(read->value.states().size(), "state") << ", "
              << counted(read->value.transitions().size(), "transition") << ", nothing is odd\n";
  told["specification"] = read->value.name();
  told["findings"] = std::move(findings);
  return told;
}

exit_status validate(const specs_arguments& arguments) {
  auto worst = exit_status::clean;
  auto all = json::array();
  for (const auto& file : arguments.files)
    all.push_back(validated(file, worst, arguments.view.json));
  if (arguments.view.json)
    std::cout << all.dump(2) << '\n';
  return worst;
}

} // namespace

void add_specs_command(CLI::App& root, int& status) {
  auto* command = root.add_subcommand("specs", "List, show and validate specifications");
  command->require_subcommand(1);
  command->footer(examples);
  auto add = [&](const char* name, const char* help, auto work) {
    return add_view_command(*command, name, help, examples, status, work);
  };
  add("list", "List the specifications", list);
  auto [showing, show_arguments] = add("show", "Show a specification as JSON", show);
  showing->add_option("SPECIFICATION", show_arguments->name, "Its name")->required();
  showing->add_flag("--mermaid", show_arguments->mermaid, "As a Mermaid diagram");

  auto arguments = std::make_shared<specs_arguments>();
  auto* validating = command->add_subcommand("validate", "Check specification files");
  validating->add_option("FILE", arguments->files, "Files of specifications")->required();
  validating->add_flag("--json", arguments->view.json, "Print JSON");
  validating->footer(examples);
  validating->callback([arguments, &status] { status = static_cast<int>(validate(*arguments)); });
}

} // namespace lockstep
