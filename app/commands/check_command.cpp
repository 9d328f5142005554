#include "app/commands/check_command.hpp"

#include "app/command_line.hpp"
#include "app/runtime.hpp"
#include "app/text_table.hpp"
#include "model/bisimulation/branching_bisimulation.hpp"
#include "model/bisimulation/explanation.hpp"
#include "model/bisimulation/explanation_json.hpp"
#include "model/bisimulation/system_of.hpp"
#include "persistence/model_directory.hpp"
#include "persistence/specification_files.hpp"

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

namespace lockstep {

namespace {

using json = nlohmann::ordered_json;

constexpr const char* examples = R"(Examples:
  lockstep check --specifications config/specs/order.json config/models/Order.spex
  lockstep check --config config/nova.conf config/models/NovaVm.spex --json
  lockstep check --specifications config/specs/order.json \
    --specifications config/specs/nova_vm.json config/models

Exit status: 0 every model is branching bisimilar to its specification, 1 one is not,
2 something cannot be read, or a model's specification is unknown.)";

struct check_arguments {
  invocation called;
  std::optional<std::filesystem::path> path;
  bool json = false;
};

/// Why a model is not equivalent.
struct told_difference {
  /// Lines that each end in a line feed.
  std::string words;
  /// Null if the model has no single start, so that there is nothing to compare.
  json data;
};

/// What came of one model.
struct checked_model {
  implementation_model model;
  /// Nothing if the model is equivalent to its specification.
  std::optional<told_difference> difference;
};

struct checked_models {
  std::vector<checked_model> all;
  /// Specifications that there is no model of.
  std::vector<std::string> without_model;
};

result<std::vector<implementation_model>> read_path(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    return read_models(path);
  return read_model(path).map([](implementation_model model) {
    return std::vector<implementation_model>{std::move(model)};
  });
}

/// @pre They are not equivalent.
told_difference explain(const implementation_model& model, const specification& spec) {
  label_table labels;
  auto implemented = system_of(model, labels);
  if (!implemented) {
    const auto starts = std::ranges::count_if(model.transitions, is_initialisation);
    return {"The implementation has "
                + counted(static_cast<std::uint64_t>(starts), "initialisation")
                + " instead of exactly one\n",
            nullptr};
  }
  const compared_systems systems{system_of(spec, labels), *std::move(implemented),
                                 "the specification", "the implementation"};
  const auto why =
      explain_difference(systems.lhs.system, systems.rhs.system, equivalence::branching);
  return {in_words(why, systems, labels), to_json(why, systems, labels)};
}

/// @param path Where the model was found: its file, or the folder.
failure unknown(const implementation_model& model, const std::filesystem::path& path,
                const specification_catalog& known) {
  std::error_code error;
  const auto file =
      std::filesystem::is_directory(path, error) ? model_path(path, model.specification) : path;
  std::string names;
  for (const auto& [name, spec] : known)
    names += (names.empty() ? "" : ", ") + name;
  auto reason = unknown_specification(model.specification, known);
  reason.message =
      file.string() + " is a model of " + model.specification + ", but "
      + (names.empty() ? "no specification is given" : "the specifications given are " + names)
      + "; add its file with --specifications";
  return reason;
}

result<checked_models> check(const configuration& options, const std::filesystem::path& path) {
  auto declared = read_specifications(options.specifications);
  if (!declared)
    return tl::unexpected(declared.error());
  auto models = read_path(path);
  if (!models)
    return tl::unexpected(models.error());
  if (models->empty())
    return fail(ec::invalid_configuration,
                path.string()
                    + " has no models to check; give a .spex file or a folder of them, or learn "
                      "models with lockstep observe --learn");
  checked_models checked;
  std::set<std::string> seen;
  const auto& known = *declared->specifications;
  for (auto& model : *models) {
    auto spec = known.find(model.specification);
    if (spec == known.end())
      return tl::unexpected(unknown(model, path, known));
    seen.insert(model.specification);
    std::optional<told_difference> difference;
    if (!equivalent(model, *spec->second))
      difference = explain(model, *spec->second);
    checked.all.push_back({std::move(model), std::move(difference)});
  }
  for (const auto& [name, spec] : known)
    if (!seen.contains(name))
      checked.without_model.push_back(name);
  return checked;
}

void print_json(const checked_models& checked) {
  auto list = json::array();
  for (const auto& [model, difference] : checked.all) {
    json told{{"specification", model.specification},
              {"transitions", model.transitions.size()},
              {"learning", model.learning},
              {"equivalent", !difference}};
    if (difference) {
      told["why"] = difference->words;
      told["explanation"] = difference->data;
    }
    list.push_back(std::move(told));
  }
  const json told{{"models", std::move(list)}, {"without_model", checked.without_model}};
  std::cout << told.dump(2, ' ', false, json::error_handler_t::replace) << '\n';
}

void print_text(const checked_models& checked, std::size_t bad) {
  const auto& all = checked.all;
  if (!all.empty()) {
    text_table table{{"model", "transitions", "verdict"}};
    for (const auto& one : all)
      table.add({one.model.specification, std::to_string(one.model.transitions.size()),
                 std::string(one.difference ? "NOT EQUIVALENT" : "equivalent")
                     + (one.model.learning ? ", learning" : "")});
    table.print(std::cout, "");
  }
  for (const auto& name : checked.without_model)
    std::cout << name << " has no model here\n";
  for (const auto& [model, difference] : all)
    if (difference)
      std::cout << '\n'
                << model.specification << " is not equivalent:\n"
                << indented(difference->words, "  ") << '\n';
  std::cout << counted(all.size(), "model") << ", " << bad << " not equivalent\n";
}

exit_status run_check(const check_arguments& arguments) {
  auto options = read_configuration(arguments.called);
  if (!options)
    return report_error(std::cerr, options.error());
  auto path = arguments.path.value_or(options->impl_models_dir);
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    return report_error(std::cerr,
                        {ec::invalid_configuration,
                         path.string() + " is not there; give a .spex file or a folder of them",
                         {}});
  auto checked = check(*options, path);
  if (!checked)
    return report_error(std::cerr, checked.error());
  std::size_t bad = 0;
  for (const auto& one : checked->all)
    bad += one.difference ? 1 : 0;
  if (arguments.json)
    print_json(*checked);
  else
    print_text(*checked, bad);
  return bad == 0 ? exit_status::clean : exit_status::findings;
}

} // namespace

void add_check_command(CLI::App& root, int& status) {
  auto* command =
      root.add_subcommand("check", "Check implementation models against their specifications");
  auto arguments = std::make_shared<check_arguments>();
  command->add_option("PATH", arguments->path,
                      "A .spex file or a folder of them; default: impl-models-dir");
  command->add_option("-c,--config", arguments->called.options.config_file, "Configuration file")
      ->type_name("FILE");
  command->add_flag("--json", arguments->json, "Print JSON");
  add_node_options(*command, arguments->called, {"specifications", "impl-models-dir"});
  command->footer(examples);
  command->callback([arguments, &status] { status = static_cast<int>(run_check(*arguments)); });
}

} // namespace lockstep
