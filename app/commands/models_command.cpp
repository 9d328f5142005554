#include "app/commands/models_command.hpp"

#include "app/commands/view_command.hpp"
#include "app/model_export.hpp"
#include "app/text_table.hpp"
#include "model/workflow/mermaid.hpp"
#include "model/workflow/spex_text.hpp"

#include <algorithm>
#include <iostream>
#include <memory>

#include <nlohmann/json.hpp>

namespace lockstep {

namespace {

using json = nlohmann::ordered_json;

constexpr const char* examples = R"(Examples:
  lockstep models list --connect 127.0.0.1:4242
  lockstep models show Order
  lockstep models show Order --mermaid
  lockstep models export spex_impl_models --json

A node that runs is asked through its port; of one that is down the store and the
.spex files are read. Models are merged over the shards.)";

struct models_arguments {
  view_arguments view;
  std::string name;
  std::string folder;
  bool mermaid = false;
};

json to_json(const implementation_model& model) {
  auto transitions = json::array();
  for (const auto& one : model.transitions)
    transitions.push_back({one.from.empty() ? json(nullptr) : json(one.from), one.action, one.to});
  return {{"specification", model.specification},
          {"learning", model.learning},
          {"transitions", std::move(transitions)}};
}

result<void> list(node_view& view, const models_arguments& arguments) {
  auto models = view.models();
  if (!models)
    return tl::unexpected(models.error());
  if (arguments.view.json) {
    auto all = json::array();
    for (const auto& model : *models)
      all.push_back({{"specification", model.specification},
                     {"learning", model.learning},
                     {"transitions", model.transitions.size()}});
    std::cout << all.dump(2) << '\n';
    return {};
  }
  if (!models->empty()) {
    text_table table{{"specification", "transitions", "learning"}};
    for (const auto& model : *models)
      table.add({model.specification, std::to_string(model.transitions.size()),
                 model.learning ? "yes" : "no"});
    table.print(std::cout, "");
  }
  std::cout << counted(models->size(), "model") << '\n';
  return {};
}

result<void> show(node_view& view, const models_arguments& arguments) {
  auto models = view.models();
  if (!models)
    return tl::unexpected(models.error());
  auto found = std::find_if(models->begin(), models->end(), [&](const auto& model) {
    return model.specification == arguments.name;
  });
  if (found == models->end())
    return fail(ec::impl_model_not_found,
                "there is no model of " + arguments.name + "; see lockstep models list");
  if (arguments.view.json)
    std::cout << to_json(*found).dump(2) << '\n';
  else
    std::cout << (arguments.mermaid ? to_mermaid(*found) : to_spex_text(*found));
  return {};
}

result<void> export_all(node_view& view, const models_arguments& arguments) {
  auto models = view.models();
  if (!models)
    return tl::unexpected(models.error());
  auto written = json::array();
  for (const auto& model : *models) {
    auto files = export_model(arguments.folder, model);
    if (!files)
      return tl::unexpected(files.error());
    if (!arguments.view.json)
      std::cout << files->spex_file.string() << '\n' << files->mermaid_file.string() << '\n';
    written.push_back({{"specification", model.specification},
                       {"spex", files->spex_file.string()},
                       {"mermaid", files->mermaid_file.string()}});
  }
  if (arguments.view.json)
    std::cout << written.dump(2) << '\n';
  else
    std::cout << counted(models->size(), "model") << '\n';
  return {};
}

} // namespace

void add_models_command(CLI::App& root, int& status) {
  auto* command = root.add_subcommand("models", "List, show and export implementation models");
  command->require_subcommand(1);
  command->footer(examples);
  auto add = [&](const char* name, const char* help, auto work) {
    return add_view_command(*command, name, help, examples, status, work);
  };
  add("list", "List the models", list);
  auto [showing, show_arguments] = add("show", "Show a model as .spex text", show);
  showing->add_option("SPECIFICATION", show_arguments->name, "Whose model")->required();
  showing->add_flag("--mermaid", show_arguments->mermaid, "As a Mermaid diagram");
  auto [exporting, export_arguments] =
      add("export", "Write every model as a .spex file and a Mermaid diagram", export_all);
  exporting->add_option("DIR", export_arguments->folder, "Folder of the files")->required();
}

} // namespace lockstep
