/// How long a shard needs for one answer to "is the model with this transition still equivalent?".
///
///     bench_online_check [PAIRS.jsonl]
///
/// With a file of pairs of systems, whole comparisons and questions on these, too. Each row: what
/// is done, how many inputs, and over these the median, the 99th percentile and the longest of
/// their typical times, in microseconds; `p99/p50`; and the limit that the median has.

#include "model/workflow/online_check.hpp"
#include "bench/support/percentiles.hpp"
#include "bench/support/system_families.hpp"
#include "model/bisimulation/bisimilarity_check.hpp"
#include "model/bisimulation/label_table.hpp"
#include "model/workflow/conformance.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <random>
#include <string>

#include <nlohmann/json.hpp>

using namespace lockstep;

namespace {

/// Keeps the compiler from leaving a call out.
volatile bool seen = false;

void row(const std::string& what, const std::vector<double>& times, const char* limit) {
  const auto median = bench::percentile(times, 0.5);
  const auto p99 = bench::percentile(times, 0.99);
  std::printf("%-52s %7zu %10.3f %10.3f %10.3f %8.1f  %s\n", what.c_str(), times.size(), median,
              p99, bench::percentile(times, 1.0), p99 / median, limit);
}

// -- systems as workflows -------------------------------------------------------------------------

std::string state_name(lts::state s) { return "state " + std::to_string(s); }

std::string action_name(lts::label label) {
  return label == lts::tau ? std::string(internal_action) : "action " + std::to_string(label);
}

std::vector<transition> transitions_of(const lts& system) {
  std::vector<transition> transitions;
  for (const auto& [from, action, to] : system.edges)
    transitions.push_back({state_name(from), action_name(action), state_name(to)});
  // The first one starts in the initial state.
  const auto first = std::ranges::find(transitions, state_name(system.initial), &transition::from);
  if (first != transitions.end())
    std::iter_swap(transitions.begin(), first);
  return transitions;
}

std::shared_ptr<minimised_specification> specification_of(const lts& system) {
  auto spec = specification::make("Bench", transitions_of(system));
  if (!spec) {
    std::cerr << spec.error().message << '\n';
    std::exit(EXIT_FAILURE);
  }
  return std::make_shared<minimised_specification>(
      std::make_shared<const specification>(std::move(*spec)));
}

std::shared_ptr<implementation_model> model_of(const lts& system) {
  implementation_model model{"Bench", false, {}};
  for (auto& step : transitions_of(system))
    model.transitions.insert(std::move(step));
  model.transitions.insert({"", std::string(initialisation_action), state_name(system.initial)});
  return std::make_shared<implementation_model>(std::move(model));
}

/// The same behaviour with other numbers of states, and some steps with an internal one behind
/// them.
lts implementation_of(const lts& system, std::mt19937_64& random) {
  std::vector<lts::state> number(system.state_count);
  std::iota(number.begin(), number.end(), lts::state{0});
  std::shuffle(number.begin(), number.end(), random);
  lts implemented{system.state_count, number[system.initial], {}};
  for (const auto& [from, action, to] : system.edges) {
    if (random() % 8 == 0) {
      const auto between = implemented.state_count++;
      implemented.edges.push_back({number[from], action, between});
      implemented.edges.push_back({between, lts::tau, number[to]});
    } else {
      implemented.edges.push_back({number[from], action, number[to]});
    }
  }
  return implemented;
}

/// A workflow as they are: a path to the end, with choices, retries and cancellations on the way.
lts workflow(lts::state n, std::mt19937_64& random) {
  lts system{n, 0, {}};
  for (lts::state s = 0; s + 1 < n; ++s) {
    system.edges.push_back({s, 1 + s % 12, s + 1});
    if (random() % 2 == 0)
      system.edges.push_back({s, 13, static_cast<lts::state>(random() % n)});
    if (random() % 4 == 0)
      system.edges.push_back({s, 14, n - 1});
    if (random() % 8 == 0)
      system.edges.push_back({s, lts::tau, s + 1});
  }
  return system;
}

// -- rows -----------------------------------------------------------------------------------------

void of_size(lts::state states, const char* limit, bool random_edges) {
  std::mt19937_64 random(states);
  std::vector<double> equal;
  std::vector<double> unequal;
  std::vector<double> questions;
  std::vector<double> preparations;
  std::vector<double> remembered;
  const int systems = states > 500 ? 5 : 40;
  for (int i = 0; i < systems; ++i) {
    const auto spec = random_edges ? bench::random_system(states, 2, 6, 20,
                                                          static_cast<unsigned>(random() % 1'000))
                                   : workflow(states, random);
    const auto implemented = implementation_of(spec, random);
    const std::size_t at_a_time = states > 500 ? 1 : 4;
    bisimilarity_check check;
    equal.push_back(
        bench::typical_microseconds([&] { seen = check(spec, implemented); }, 15, at_a_time));
    auto other = implemented;
    other.edges[random() % other.edges.size()].action = 3;
    unequal.push_back(
        bench::typical_microseconds([&] { seen = check(spec, other); }, 15, at_a_time));

    const auto described = specification_of(spec);
    const auto model = model_of(implemented);
    preparations.push_back(bench::typical_microseconds(
        [&] { seen = online_check(described, model).is_equivalent(); }, 5, 1));
    const online_check online(described, model);
    conformance rule(described->spec, *model);
    for (int question = 0; question < 50; ++question) {
      const auto state = [&] {
        return static_cast<lts::state>(random() % implemented.state_count);
      };
      const auto& known = implemented.edges[random() % implemented.edges.size()];
      transition step{state_name(known.from), action_name(known.action), state_name(state())};
      if (question % 5 == 0)
        step.action = "unheard of";
      if (question % 7 == 0)
        step.action = internal_action;
      questions.push_back(bench::typical_microseconds([&] { seen = online.still_equivalent(step); },
                                                      15, at_a_time));
      seen = rule.observe(step).outcome == verdict::conforms;
      remembered.push_back(bench::typical_microseconds(
          [&] { seen = rule.observe(step).outcome == verdict::conforms; }, 15, 16));
    }
  }
  const auto name =
      std::to_string(states) + (random_edges ? " states, random: " : " states, workflow: ");
  row(name + "question", questions, limit);
  row(name + "question, remembered", remembered, "");
  row(name + "whole check, equal", equal, limit);
  row(name + "whole check, unequal", unequal, limit);
  row(name + "preparing a model", preparations, "");
}

lts system_from(const nlohmann::json& json, label_table& labels, const std::string& tau) {
  std::map<std::string, lts::state> states;
  const auto state = [&](const std::string& name) {
    return states.try_emplace(name, static_cast<lts::state>(states.size())).first->second;
  };
  lts system;
  system.initial = state(json.at("initial"));
  for (const auto& step : json.at("transitions")) {
    const std::string action = step.at(1);
    const auto label = action == tau ? lts::tau : labels.of(action);
    const auto from = state(step.at(0));
    system.edges.push_back({from, label, state(step.at(2))});
  }
  system.state_count = static_cast<lts::state>(states.size());
  return system;
}

void pairs(const char* path) {
  std::ifstream in(path);
  std::string line;
  std::vector<double> whole;
  std::vector<double> questions;
  while (std::getline(in, line)) {
    const auto json = nlohmann::json::parse(line);
    label_table labels;
    const auto spec = system_from(json.at("a"), labels, json.at("tau"));
    const auto model = system_from(json.at("b"), labels, json.at("tau"));
    bisimilarity_check check;
    whole.push_back(bench::typical_microseconds([&] { seen = check(spec, model); }));
    if (model.edges.empty())
      continue;
    auto lacking = model;
    const auto last = lacking.edges.back();
    lacking.edges.pop_back();
    const online_check online(specification_of(spec), model_of(lacking));
    const transition step{state_name(last.from), action_name(last.action), state_name(last.to)};
    questions.push_back(bench::typical_microseconds([&] { seen = online.still_equivalent(step); }));
  }
  if (whole.empty()) {
    std::cerr << path << ": no pairs\n";
    std::exit(EXIT_FAILURE);
  }
  row("recorded pairs: question", questions, "5");
  row("recorded pairs: whole check", whole, "5");
}

} // namespace

int main(int argc, char** argv) {
  std::printf("%-52s %7s %10s %10s %10s %8s  %s\n", "microseconds", "inputs", "median", "p99",
              "max", "p99/p50", "limit");
  if (argc > 1)
    pairs(argv[1]);
  of_size(20, "", false);
  of_size(60, "100", false);
  of_size(60, "100", true);
  of_size(100, "", false);
  of_size(1'000, "10,000", false);
}
