#include "app/script/call_executor.hpp"

#include "app/model_export.hpp"
#include "app/observation/summary.hpp"
#include "app/progress.hpp"
#include "app/script/generator.hpp"
#include "app/text_table.hpp"
#include "model/term/term_text.hpp"
#include "model/workflow/spex_text.hpp"
#include "persistence/reports.hpp"
#include "persistence/specification_files.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

namespace lockstep {

namespace {

/// How many generated steps travel together.
constexpr std::size_t generated_batch = 4'000;
constexpr std::uint64_t listed_deviations = 10;

tl::unexpected<failure> unmet(std::string message) {
  return fail(ec::expectation_failed, std::move(message));
}

std::string recorded_as(const receipt& recorded) {
  return "ok, step " + std::to_string(recorded.step_number) + ", "
         + std::string(to_string(recorded.outcome)) + (recorded.duplicate ? ", duplicate" : "");
}

std::string accepted() { return "accepted"; }

bool matches(const std::string& specification, const std::string& state,
             const std::string& wanted_specification, const std::string& wanted_state) {
  return (wanted_specification.empty() || wanted_specification == specification)
         && (wanted_state.empty() || wanted_state == state);
}

/// As `init` and `mock` describe it.
template <class Call>
initialisation initialisation_of(const Call& call) {
  initialisation request;
  request.identifier = call.identifier;
  request.specification = call.specification;
  request.initial_state = call.state;
  request.meta = call.meta;
  request.operation_id = call.operation;
  return request;
}

} // namespace

bool is_deviation_code(ec code) {
  return code == ec::deviation_still_equivalent || code == ec::deviation_not_equivalent;
}

result<std::string> call_executor::operator()(const script::init& call) {
  const auto request = initialisation_of(call);
  if (call.async)
    return manager().initialise_async(request).map(accepted);
  return manager().initialise(request).map(recorded_as);
}

result<std::string> call_executor::operator()(const script::transition& call) {
  step_report report;
  report.identifier = call.identifier;
  report.action = call.action;
  report.to = call.to;
  report.operation_id = call.operation;
  if (call.async)
    return manager().step_async(report).map(accepted);
  return manager().step(report).map(recorded_as);
}

result<std::string> call_executor::operator()(const script::mock& call) {
  return manager().mock(initialisation_of(call)).map([] { return std::string("ok"); });
}

result<std::string> call_executor::operator()(const script::get& call) {
  return manager().get(call.identifier).map([](const instance& found) {
    auto text = found.specification + " in state " + found.current_state;
    for (const auto& step : found.steps)
      text += "\n       " + to_string(step.at) + "  " + step.action + " -> " + step.to + "  "
              + std::string(to_string(step.outcome));
    return text;
  });
}

result<std::string> call_executor::operator()(const script::list& call) {
  text_table table{{"instance", "specification", "state", "steps", "last step at"}};
  std::uint64_t found = 0;
  auto listed = manager().for_each_instance(call.filter, [&](const stored_instance& one) {
    if (++found <= call.limit)
      table.add({to_text(one.head.identifier), one.head.specification, one.head.current_state,
                 std::to_string(one.head.step_count), to_string(one.head.last_step_at)});
    return true;
  });
  if (!listed)
    return tl::unexpected(listed.error());
  std::ostringstream text;
  text << counted(found, "instance");
  if (found > call.limit)
    text << ", the first " << call.limit << ":";
  text << '\n';
  if (found > 0)
    table.print(text, "       ");
  auto lines = text.str();
  lines.pop_back();
  return lines;
}

result<std::string> call_executor::operator()(const script::remove& call) {
  return manager().remove(call.identifier, call.operation).map([](bool) {
    return std::string("ok");
  });
}

result<std::string> call_executor::operator()(const script::remove_all& call) {
  return manager().remove_all(call.filter, call.operation).map([](std::uint64_t removed) {
    return counted(removed, "instance") + " deleted";
  });
}

result<std::string> call_executor::operator()(const script::declare& call) {
  auto spec = read_specification_file(environment_.folder / call.file);
  if (!spec)
    return tl::unexpected(spec.error());
  auto told = "ok, " + spec->value.name();
  for (const auto& finding : spec->findings)
    told += "\n       " + finding.message;
  return manager().declare(spec->value, call.operation).map([&] { return told; });
}

result<std::string> call_executor::operator()(const script::specifications&) {
  return manager().specifications().map([](const std::vector<specification>& all) {
    auto text = counted(all.size(), "specification");
    for (const auto& spec : all)
      text += "\n       " + spec.name() + ", " + counted(spec.transitions().size(), "transition")
              + ", " + counted(spec.states().size(), "state");
    return text;
  });
}

result<std::string> call_executor::operator()(const script::models&) {
  return manager().models().map([](const std::vector<implementation_model>& all) {
    auto text = counted(all.size(), "model");
    for (const auto& model : all)
      text += "\n" + to_spex_text(model);
    return text;
  });
}

result<std::string> call_executor::operator()(const script::export_models& call) {
  auto models = manager().models();
  if (!models)
    return tl::unexpected(models.error());
  std::string text = counted(models->size(), "model");
  for (const auto& model : *models) {
    auto files = export_model(environment_.folder / call.folder, model);
    if (!files)
      return tl::unexpected(files.error());
    text += "\n       " + files->spex_file.string() + "\n       " + files->mermaid_file.string();
  }
  return text;
}

result<std::string> call_executor::operator()(const script::wait& call) {
  cut_short_ = !environment_.wait(call.time);
  return std::string(cut_short_ ? "interrupted" : "ok");
}

result<std::string> call_executor::operator()(const script::summary&) {
  auto shards = manager().summarise(listed_deviations);
  if (!shards)
    return tl::unexpected(shards.error());
  std::ostringstream text;
  text << '\n';
  print_shards(text, *shards, listed_deviations);
  auto lines = text.str();
  lines.pop_back();
  return lines;
}

result<std::string> call_executor::operator()(const script::generate& call) {
  auto spec = find_specification(call.specification);
  if (!spec)
    return tl::unexpected(spec.error());
  instance_generator generator{*spec, call};
  progress_line progress{"steps"};
  std::uint64_t steps = 0;
  std::uint64_t deviations = 0;
  std::vector<step_report> unsent;
  auto send = [&]() -> result<void> {
    auto answers = manager().steps(std::exchange(unsent, {}));
    if (!answers)
      return tl::unexpected(answers.error());
    for (const auto& answer : *answers)
      if (answer.error && !is_deviation_code(answer.error->code))
        return tl::unexpected(*answer.error);
      else
        deviations += answer.error ? 1 : 0;
    steps += answers->size();
    progress.show(steps, std::nullopt);
    return {};
  };
  for (auto walk = generator.next(); !walk.empty(); walk = generator.next()) {
    if (unsent.empty() && environment_.interrupted()) {
      cut_short_ = true;
      return "interrupted after " + counted(steps, "step");
    }
    for (auto& report : walk)
      unsent.push_back(std::move(report));
    if (unsent.size() >= generated_batch)
      if (auto sent = send(); !sent)
        return tl::unexpected(sent.error());
  }
  if (auto sent = send(); !sent)
    return tl::unexpected(sent.error());
  return counted(call.count, "instance") + ", " + counted(steps, "step") + ", "
         + counted(deviations, "deviation");
}

result<std::string> call_executor::operator()(const script::expect_instance& call) {
  auto found = manager().get(call.identifier);
  auto name = to_text(call.identifier);
  if (!found && found.error().code != ec::instance_identifier_not_found)
    return tl::unexpected(found.error());
  if (call.absent)
    return found ? result<std::string>{unmet(name + " is there, in state " + found->current_state)}
                 : "holds: " + name + " is not there";
  if (!found)
    return unmet(name + " is not there");
  if (call.state && found->current_state != *call.state)
    return unmet(name + " is in state " + found->current_state + ", not in " + *call.state);
  if (call.steps && found->steps.size() != *call.steps)
    return unmet(name + " has " + counted(found->steps.size(), "step") + ", not "
                 + std::to_string(*call.steps));
  return "holds: " + name + " is in state " + found->current_state + " after "
         + counted(found->steps.size(), "step");
}

result<std::string> call_executor::operator()(const script::expect_count& call) {
  auto shards = manager().summarise(0);
  if (!shards)
    return tl::unexpected(shards.error());
  std::uint64_t number = 0;
  for (const auto& shard : *shards) {
    if (call.what == "deviations")
      number += shard.deviations.total;
    for (const auto& state : shard.states)
      if (matches(state.specification, state.state, call.specification, call.state))
        number += call.what == "instances" ? state.instances
                  : call.what == "steps"   ? state.steps
                  : call.what == "late"    ? state.times_late
                                           : 0;
  }
  auto told = with_commas(number) + " " + call.what
              + (call.specification.empty() ? "" : " of " + call.specification)
              + (call.state.empty() ? "" : " in state " + call.state);
  if (number != call.is)
    return unmet("there are " + told + ", not " + with_commas(call.is));
  return "holds: " + told;
}

result<specification> call_executor::find_specification(const std::string& name) const {
  auto all = manager().specifications();
  if (!all)
    return tl::unexpected(all.error());
  specification_catalog catalog;
  for (auto& spec : *all)
    if (spec.name() == name)
      return std::move(spec);
    else
      catalog.emplace(spec.name(), std::make_shared<const specification>(std::move(spec)));
  return tl::unexpected(unknown_specification(name, catalog));
}

} // namespace lockstep
