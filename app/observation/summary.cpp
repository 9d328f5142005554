#include "app/observation/summary.hpp"

#include "app/text_table.hpp"
#include "model/term/term_text.hpp"
#include "model/workflow/verdict.hpp"

#include <cstdio>
#include <map>
#include <utility>

namespace lockstep {

namespace {

/// Deviations in a text summary; JSON has as many as the shards were asked for.
constexpr std::size_t shown_deviations = 20;

std::uint64_t sum(const std::vector<shard_summary>& shards, std::uint64_t state_count::*member) {
  std::uint64_t total = 0;
  for (const auto& shard : shards)
    for (const auto& state : shard.states)
      total += state.*member;
  return total;
}

std::uint64_t count_deviations(const std::vector<shard_summary>& shards) {
  std::uint64_t total = 0;
  for (const auto& shard : shards)
    total += shard.deviations.total;
  return total;
}

void print_input(std::ostream& out, const observation_summary& summary) {
  const auto& counters = summary.counters;
  out << "Input        " << counted(counters.lines, "line") << ": "
      << counted(counters.events, "event");
  const std::pair<std::uint64_t, const char*> others[] = {
      {counters.unmatched, "matched no rule"},
      {counters.ignored, "ignored"},
      {counters.malformed, "malformed"},
      {counters.too_long, "too long"},
  };
  for (const auto& [number, what] : others)
    if (number > 0)
      out << ", " << with_commas(number) << ' ' << what;
  out << '\n';
  for (const auto& example : counters.malformed_examples)
    out << "             " << example.message << '\n';
  out << "Recorded     " << counted(summary.tally.recorded, "new step") << ", "
      << counted(summary.tally.duplicates, "duplicate");
  if (summary.tally.refused > 0)
    out << ", " << with_commas(summary.tally.refused) << " refused";
  out << '\n';
  for (const auto& example : summary.tally.refused_examples)
    out << "             " << example.message << '\n';
}

void print_models(std::ostream& out, const observation_summary& summary) {
  for (const auto& [model, equivalent, spex_file, mermaid_file, mermaid] : summary.models) {
    out << "Model        " << model.specification << ": "
        << counted(model.transitions.size(), "transition")
        << (model.learning ? ", still learning, " : ", ")
        << (equivalent ? "branching bisimilar to its specification\n"
                       : "not branching bisimilar to its specification\n")
        << "             " << spex_file << "\n             " << mermaid_file << '\n';
  }
}

void print_shard_table(std::ostream& out, const std::vector<shard_summary>& shards) {
  text_table table{{"shard", "instances", "steps"}};
  for (const auto& shard : shards) {
    std::vector<shard_summary> one{shard};
    table.add({shard.shard, with_commas(sum(one, &state_count::instances)),
               with_commas(sum(one, &state_count::steps))});
  }
  table.print(out, "             ");
}

void print_state_table(std::ostream& out, const std::vector<shard_summary>& shards) {
  std::map<std::pair<std::string, std::string>, state_count> states;
  for (const auto& shard : shards)
    for (const auto& part : shard.states) {
      auto& whole = states[{part.specification, part.state}];
      whole.instances += part.instances;
      whole.times_late += part.times_late;
    }
  text_table table{{"specification", "state", "instances", "late"}};
  for (const auto& [key, count] : states)
    table.add({key.first, key.second, with_commas(count.instances), with_commas(count.times_late)});
  if (!states.empty())
    table.print(out, "             ");
}

void print_deviations(std::ostream& out, const std::vector<shard_summary>& shards,
                      std::size_t max_shown) {
  auto total = count_deviations(shards);
  out << "Deviations   " << (total == 0 ? "none" : with_commas(total)) << '\n';
  if (total == 0)
    return;
  text_table table{{"instance", "step", "transition", "verdict"}};
  std::size_t shown = 0;
  for (const auto& shard : shards)
    for (const auto& one : shard.deviations.first) {
      if (shown == max_shown)
        break;
      ++shown;
      table.add(
          {to_text(one.identifier), std::to_string(one.number),
           (one.from.empty() ? "nil" : one.from) + " --[" + one.step.action + "]-> " + one.step.to,
           std::string(to_string(one.step.outcome))});
    }
  table.print(out, "             ");
  if (total > shown)
    out << "             and " << with_commas(total - shown) << " more\n";
}

} // namespace

std::uint64_t observation_summary::times_late() const {
  return sum(shards, &state_count::times_late);
}

std::uint64_t observation_summary::deviations() const { return count_deviations(shards); }

double observation_summary::events_per_second() const {
  return seconds > 0.0 ? static_cast<double>(tally.events) / seconds : 0.0;
}

void print_shards(std::ostream& out, const std::vector<shard_summary>& shards,
                  std::size_t max_deviations) {
  out << "Instances    " << with_commas(sum(shards, &state_count::instances)) << " in "
      << counted(shards.size(), "shard") << ", "
      << counted(sum(shards, &state_count::steps), "step") << '\n';
  print_shard_table(out, shards);
  print_state_table(out, shards);
  out << "Late         " << with_commas(sum(shards, &state_count::times_late)) << '\n';
  print_deviations(out, shards, max_deviations);
}

void print_text(std::ostream& out, const observation_summary& summary) {
  print_input(out, summary);
  print_shards(out, summary.shards, shown_deviations);
  print_models(out, summary);
  auto rate = static_cast<std::uint64_t>(summary.events_per_second());
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.2f", summary.seconds);
  out << "Speed        " << with_commas(rate) << " events per second, " << seconds << " s in all\n";
  if (summary.tally.interrupted)
    out << "Interrupted  before the end of the input; run the same command again to go on\n";
}

} // namespace lockstep
