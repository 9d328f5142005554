#include "app/systems/system_output.hpp"

#include "model/bisimulation/aut_writer.hpp"
#include "model/in_quotes.hpp"
#include "model/workflow/ascii_text.hpp"
#include "model/workflow/mermaid.hpp"
#include "model/workflow/specification_json.hpp"
#include "model/workflow/spex_text.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace lockstep {

namespace {

constexpr std::array<std::pair<std::string_view, system_format>, 4> formats{{
    {"aut", system_format::aut},
    {"spex", system_format::spex},
    {"json", system_format::json},
    {"mermaid", system_format::mermaid},
}};

/// The system as a workflow, its names checked. Transitions of the initial state come first.
result<specification> specification_of(const system_file& file, const label_table& labels) {
  const auto& system = file.system.system;
  std::vector<transition> steps;
  steps.reserve(system.edges.size());
  for (const auto& [from, action, to] : system.edges) {
    steps.push_back({file.system.name_of(from), labels.name(action), file.system.name_of(to)});
    if (is_initialisation(steps.back()))
      return fail(ec::invalid_input, "only Aldebaran form can hold the action "
                                         + in_quotes(steps.back().action) + "; write .aut");
  }
  const auto initial = file.system.name_of(system.initial);
  std::ranges::stable_partition(steps,
                                [&](const transition& step) { return step.from == initial; });
  return specification::make(file.name, std::move(steps), file.options)
      .map_error([](failure&& reason) {
        return failure{ec::invalid_input,
                       "only Aldebaran form can hold this system, write .aut: " + reason.message,
                       std::move(reason.context)};
      });
}

result<std::string> specification_text(const system_file& file, const label_table& labels,
                                       system_format format) {
  auto spec = specification_of(file, labels);
  if (!spec)
    return tl::unexpected(std::move(spec.error()));
  if (spec->initial_state() != file.system.name_of(file.system.system.initial))
    return fail(ec::invalid_input,
                "the system has no transition from its initial state, which a specification needs; "
                "write .aut or .spex");
  return format == system_format::json ? to_json_text(*spec) : to_mermaid(*spec);
}

result<std::string> spex_text(const system_file& file, const label_table& labels) {
  auto spec = specification_of(file, labels);
  if (!spec)
    return tl::unexpected(std::move(spec.error()));
  implementation_model model{spec->name(), false, {}};
  model.transitions.insert(spec->transitions().begin(), spec->transitions().end());
  model.transitions.insert(
      {"", std::string(initialisation_action), file.system.name_of(file.system.system.initial)});
  auto text = to_spex_text(model);
  if (parse_spex_text(text, file.name) != model)
    return fail(ec::invalid_input,
                "a .spex file cannot hold this system, since a name has \" --[\" "
                "or \"]-> \" in it; write another form");
  return text;
}

} // namespace

std::optional<system_format> parse_system_format(std::string_view name) noexcept {
  const auto* const found = std::ranges::find(formats, name, &decltype(formats)::value_type::first);
  return found == formats.end() ? std::nullopt : std::optional(found->second);
}

result<system_format> output_format_of(const std::filesystem::path& path) {
  const auto ending = lower(path.extension().string());
  if (ending == ".mmd")
    return system_format::mermaid;
  if (const auto format = ending.empty() ? std::nullopt : parse_system_format(ending.substr(1)))
    return *format;
  return fail(ec::invalid_input, "the ending of " + in_quotes(path.string())
                                     + " tells no form that can be written; there are .aut, .spex, "
                                       ".json, .mmd and .mermaid");
}

result<void> write_system(std::ostream& out, const system_file& file, const label_table& labels,
                          system_format format) {
  if (format == system_format::aut)
    return write_aut(out, file.system.system, labels);
  const auto text = format == system_format::spex ? spex_text(file, labels)
                                                  : specification_text(file, labels, format);
  return text.map([&out](const std::string& whole) { out << whole; });
}

} // namespace lockstep
