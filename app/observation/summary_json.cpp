#include "app/observation/summary.hpp"

#include "model/term/term_json.hpp"
#include "model/workflow/spex_text.hpp"
#include "model/workflow/verdict.hpp"

#include <nlohmann/json.hpp>

namespace lockstep {

namespace {

using json = nlohmann::ordered_json;

json failures(const std::vector<failure>& all) {
  auto list = json::array();
  for (const auto& one : all)
    list.push_back({{"code", to_string(one.code)}, {"message", one.message}});
  return list;
}

json input_of(const observation_summary& summary) {
  const auto& counters = summary.counters;
  return {{"path", summary.input},
          {"lines", counters.lines},
          {"bytes", counters.bytes},
          {"events", counters.events},
          {"unmatched", counters.unmatched},
          {"ignored", counters.ignored},
          {"malformed", counters.malformed},
          {"too_long", counters.too_long},
          {"malformed_examples", failures(counters.malformed_examples)}};
}

json shard_of(const shard_summary& shard) {
  std::uint64_t instances = 0;
  std::uint64_t steps = 0;
  auto states = json::array();
  for (const auto& one : shard.states) {
    instances += one.instances;
    steps += one.steps;
    states.push_back({{"specification", one.specification},
                      {"state", one.state},
                      {"instances", one.instances},
                      {"steps", one.steps},
                      {"late", one.times_late}});
  }
  return {{"name", shard.shard}, {"instances", instances}, {"steps", steps}, {"states", states}};
}

json deviation_of(const std::string& shard, const deviating_step& one) {
  return {{"identifier", json::parse(to_json_text(one.identifier))},
          {"specification", one.specification},
          {"shard", shard},
          {"step", one.number},
          {"from", one.from.empty() ? json(nullptr) : json(one.from)},
          {"action", one.step.action},
          {"to", one.step.to},
          {"at", to_string(one.step.at)},
          {"verdict", to_string(one.step.outcome)}};
}

json model_of(const model_summary& one) {
  return {{"specification", one.model.specification},
          {"learning", one.model.learning},
          {"transitions", one.model.transitions.size()},
          {"equivalent", one.equivalent},
          {"spex_file", one.spex_file},
          {"spex", to_spex_text(one.model)},
          {"mermaid_file", one.mermaid_file},
          {"mermaid", one.mermaid}};
}

} // namespace

void print_json(std::ostream& out, const observation_summary& summary) {
  json printed;
  std::uint64_t instances = 0;
  std::uint64_t steps = 0;
  auto shards = json::array();
  auto deviations = json::array();
  for (const auto& shard : summary.shards) {
    shards.push_back(shard_of(shard));
    instances += shards.back()["instances"].get<std::uint64_t>();
    steps += shards.back()["steps"].get<std::uint64_t>();
    for (const auto& one : shard.deviations.first)
      deviations.push_back(deviation_of(shard.shard, one));
  }
  auto models = json::array();
  for (const auto& one : summary.models)
    models.push_back(model_of(one));
  printed["specification"] = summary.specification;
  printed["input"] = input_of(summary);
  printed["recorded"] = summary.tally.recorded;
  printed["duplicates"] = summary.tally.duplicates;
  printed["refused"] = summary.tally.refused;
  printed["refused_examples"] = failures(summary.tally.refused_examples);
  printed["interrupted"] = summary.tally.interrupted;
  printed["instances"] = instances;
  printed["steps"] = steps;
  printed["shards"] = std::move(shards);
  printed["late"] = summary.times_late();
  printed["deviation_count"] = summary.deviations();
  printed["deviations"] = std::move(deviations);
  printed["models"] = std::move(models);
  printed["seconds"] = summary.seconds;
  printed["events_per_second"] = summary.events_per_second();
  out << printed.dump(2, ' ', false, json::error_handler_t::replace) << '\n';
}

} // namespace lockstep
