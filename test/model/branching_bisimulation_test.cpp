#include "model/bisimulation/branching_bisimulation.hpp"

#include "model/bisimulation/aut_reader.hpp"
#include "test/support/results.hpp"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

using namespace lockstep;

namespace {

constexpr lts::label tau = lts::tau;
constexpr lts::label a = 1;
constexpr lts::label b = 2;
constexpr lts::label c = 3;

/// A system whose initial state is 0.
lts system_with(std::vector<lts::edge> edges) {
  lts system;
  for (const auto& edge : edges)
    system.state_count = std::max({system.state_count, edge.from + 1, edge.to + 1});
  system.edges = std::move(edges);
  return system;
}

lts system_from(const nlohmann::json& json, std::map<std::string, lts::label>& labels) {
  std::map<std::string, lts::state> states;
  const auto state = [&](const std::string& name) {
    return states.try_emplace(name, static_cast<lts::state>(states.size())).first->second;
  };
  lts system;
  system.initial = state(json["initial"]);
  for (const auto& step : json["transitions"]) {
    const auto label =
        labels.try_emplace(step[1], static_cast<lts::label>(labels.size())).first->second;
    const auto from = state(step[0]);
    system.edges.push_back({from, label, state(step[2])});
  }
  system.state_count = static_cast<lts::state>(states.size());
  return system;
}

struct size {
  std::size_t states;
  std::size_t edges;
  friend bool operator==(const size&, const size&) = default;
  friend std::ostream& operator<<(std::ostream& out, const size& value) {
    return out << value.states << " states, " << value.edges << " edges";
  }
};

/// Of the reachable part of the system that has a state for each class and no inert steps.
size minimised_size(const lts& system) {
  const auto classes = branching_classes(system);
  std::set<lts::edge> edges;
  for (const auto& [from, action, to] : system.edges) {
    if (action != tau || classes[from] != classes[to])
      edges.insert({classes[from], action, classes[to]});
  }
  std::set<lts::state> reached{classes[system.initial]};
  std::vector<lts::state> open(reached.begin(), reached.end());
  size minimised{0, 0};
  while (!open.empty()) {
    const auto state = open.back();
    open.pop_back();
    ++minimised.states;
    for (auto edge = edges.lower_bound({state, 0, 0}); edge != edges.end() && edge->from == state;
         ++edge) {
      ++minimised.edges;
      if (reached.insert(edge->to).second)
        open.push_back(edge->to);
    }
  }
  return minimised;
}

implementation_model model_of(std::set<transition> transitions) {
  return {"Order", false, std::move(transitions)};
}

specification spec_of(std::vector<transition> transitions) {
  return specification::make("Order", std::move(transitions)).value();
}

const std::string init{initialisation_action};
const std::string internal{internal_action};

} // namespace

// -- the relation ---------------------------------------------------------------------------------

TEST_CASE("an internal step before an action changes nothing", "[bisimulation]") {
  CHECK(branching_bisimilar(system_with({{0, tau, 1}, {1, a, 2}}), system_with({{0, a, 1}})));
}

TEST_CASE("an internal step after an action changes nothing", "[bisimulation]") {
  CHECK(branching_bisimilar(system_with({{0, a, 1}, {1, tau, 2}}), system_with({{0, a, 1}})));
}

TEST_CASE("an internal step that takes a choice away changes something", "[bisimulation]") {
  const auto choice = system_with({{0, a, 1}, {0, b, 2}});
  CHECK_FALSE(branching_bisimilar(system_with({{0, a, 1}, {0, tau, 2}, {2, b, 3}}), choice));
  CHECK_FALSE(
      branching_bisimilar(system_with({{0, tau, 1}, {1, a, 2}, {0, tau, 3}, {3, b, 4}}), choice));
}

TEST_CASE("an internal step that keeps every choice changes nothing", "[bisimulation]") {
  CHECK(branching_bisimilar(system_with({{0, a, 3}, {0, tau, 1}, {1, a, 2}, {1, b, 2}}),
                            system_with({{0, a, 1}, {0, b, 1}})));
}

TEST_CASE("weakly bisimilar systems need not be branching bisimilar", "[bisimulation]") {
  // a.(tau.b + c) against a.(tau.b + c) + a.b, the third law of tau.
  CHECK_FALSE(
      branching_bisimilar(system_with({{0, a, 1}, {1, tau, 2}, {2, b, 3}, {1, c, 3}}),
                          system_with({{0, a, 1}, {1, tau, 2}, {2, b, 3}, {1, c, 3}, {0, a, 2}})));
}

TEST_CASE("a loop of internal steps equals a deadlock", "[bisimulation]") {
  const lts deadlock;
  CHECK(branching_bisimilar(system_with({{0, tau, 0}}), deadlock));
  CHECK(branching_bisimilar(system_with({{0, tau, 1}, {1, tau, 2}, {2, tau, 0}}), deadlock));
  CHECK_FALSE(branching_bisimilar(system_with({{0, a, 0}}), deadlock));
}

TEST_CASE("states on a cycle of internal steps are equal", "[bisimulation]") {
  const auto classes =
      branching_classes(system_with({{0, tau, 1}, {1, tau, 0}, {0, a, 2}, {1, b, 2}}));
  CHECK(classes == std::vector<lts::state>{0, 0, 1});
}

TEST_CASE("the same traces with a different moment of choice are different", "[bisimulation]") {
  CHECK_FALSE(branching_bisimilar(system_with({{0, a, 1}, {1, b, 2}, {1, c, 2}}),
                                  system_with({{0, a, 1}, {0, a, 2}, {1, b, 3}, {2, c, 3}})));
}

TEST_CASE("classes are numbered in order of their first states", "[bisimulation]") {
  CHECK(branching_classes(system_with({{0, a, 1}, {1, a, 2}, {3, a, 2}, {4, tau, 3}}))
        == std::vector<lts::state>{0, 1, 2, 1, 1});
}

// -- sizes ----------------------------------------------------------------------------------------

TEST_CASE("a chain of 100,000 internal steps is one class", "[bisimulation]") {
  constexpr lts::state length = 100'000;
  lts chain{length + 1, 0, {}};
  for (lts::state s = 0; s < length; ++s)
    chain.edges.push_back({s, tau, s + 1});
  CHECK(minimised_size(chain) == size{1, 0});
  chain.edges.push_back({length, a, 0});
  CHECK(minimised_size(chain) == size{1, 1});
  chain.edges.push_back({length, tau, 0});
  CHECK(minimised_size(chain) == size{1, 1});
}

TEST_CASE("a chain of 100,000 visible steps has no equal states", "[bisimulation]") {
  constexpr lts::state length = 100'000;
  lts chain{length + 1, 0, {}};
  for (lts::state s = 0; s < length; ++s)
    chain.edges.push_back({s, a, s + 1});
  CHECK(minimised_size(chain) == size{length + 1, length});
}

TEST_CASE("a ladder of 20,000 internal and visible steps is minimised", "[bisimulation]") {
  // Down the one side by a, across by internal steps: each rung stays a class of its own.
  constexpr lts::state rungs = 20'000;
  lts ladder{2 * rungs, 0, {}};
  for (lts::state s = 0; s < rungs; ++s) {
    ladder.edges.push_back({2 * s, tau, 2 * s + 1});
    if (s + 1 < rungs)
      ladder.edges.push_back({2 * s + 1, a, 2 * s + 2});
  }
  CHECK(minimised_size(ladder) == size{rungs, rungs - 1});
}

TEST_CASE("published benchmark systems minimise to their published sizes", "[bisimulation]") {
  const std::string folder = LOCKSTEP_SHARED_DATA_DIR "/lts/";
  std::ifstream table(folder + "minimised_sizes.tsv");
  if (!table)
    SKIP("no benchmark systems in " << folder);
  std::string line;
  std::getline(table, line); // the heading
  int compared = 0;
  while (std::getline(table, line)) {
    std::istringstream row(line);
    std::string name;
    size original{};
    size expected{};
    row >> name >> original.states >> original.edges >> expected.states >> expected.edges;
    CAPTURE(name);
    std::ifstream in(folder + name + ".aut", std::ios::binary);
    label_table labels;
    const auto system = test::must(read_aut(in, labels, {.source = name}));
    REQUIRE(size{system.state_count, system.edges.size()} == original);
    CHECK(minimised_size(system) == expected);
    ++compared;
  }
  CHECK(compared == 10);
}

TEST_CASE("all recorded verdicts on pairs of systems are reproduced", "[bisimulation]") {
  std::ifstream pairs(LOCKSTEP_SOURCE_DIR "/test/data/bisim_pairs.jsonl");
  std::string line;
  int compared = 0;
  while (std::getline(pairs, line)) {
    CAPTURE(line);
    const auto pair = nlohmann::json::parse(line);
    std::map<std::string, lts::label> labels{{pair["tau"], tau}};
    const auto lhs = system_from(pair["a"], labels);
    const auto rhs = system_from(pair["b"], labels);
    const bool expected = pair["branching_bisimilar"];
    CHECK(branching_bisimilar(lhs, rhs) == expected);
    CHECK(branching_bisimilar(rhs, lhs) == expected);
    ++compared;
  }
  CHECK(compared == 200);
}

// -- models against specifications ----------------------------------------------------------------

TEST_CASE("a model does what its specification says under other state names", "[bisimulation]") {
  const auto spec = spec_of({{"new", "pay", "paid"}, {"paid", "ship", "shipped"}});
  CHECK(equivalent(model_of({{"", init, "x"}, {"x", "pay", "y"}, {"y", "ship", "z"}}), spec));
  CHECK_FALSE(equivalent(model_of({{"", init, "x"}, {"x", "pay", "y"}}), spec));
  CHECK_FALSE(equivalent(
      model_of({{"", init, "x"}, {"x", "pay", "y"}, {"y", "ship", "z"}, {"z", "pay", "z"}}), spec));
}

TEST_CASE("a model may do internal steps that take no choice away", "[bisimulation]") {
  const auto spec = spec_of({{"new", "pay", "paid"}});
  CHECK(equivalent(model_of({{"", init, "x"}, {"x", internal, "y"}, {"y", "pay", "z"}}), spec));
  CHECK(equivalent(model_of({{"", init, "x"}, {"x", "pay", "y"}, {"y", internal, "y"}}), spec));
}

TEST_CASE("a model without exactly one initialisation does not conform", "[bisimulation]") {
  const auto spec = spec_of({{"new", "pay", "paid"}});
  CHECK_FALSE(equivalent(model_of({}), spec));
  CHECK_FALSE(equivalent(model_of({{"new", "pay", "paid"}}), spec));
  CHECK_FALSE(
      equivalent(model_of({{"", init, "new"}, {"", init, "paid"}, {"new", "pay", "paid"}}), spec));
  CHECK_FALSE(equivalent(
      model_of({{"", init, "new"}, {"paid", init, "new"}, {"new", "pay", "paid"}}), spec));
}

TEST_CASE("an initialisation is not compared, wherever it starts", "[bisimulation]") {
  const auto spec = spec_of({{"new", "pay", "paid"}});
  CHECK(equivalent(model_of({{"x", init, "x"}, {"x", "pay", "y"}}), spec));
}

TEST_CASE("steps that the initial state does not lead to do not matter", "[bisimulation]") {
  const auto spec = spec_of({{"new", "pay", "paid"}, {"lost", "find", "new"}});
  CHECK(equivalent(model_of({{"", init, "new"}, {"new", "pay", "paid"}, {"gone", "call", "new"}}),
                   spec));
}

TEST_CASE("a visible action may be called i or tau", "[bisimulation]") {
  for (const auto* action : {"i", "tau", "τ", "__initialisation", "internal"}) {
    CAPTURE(action);
    const auto spec = spec_of({{"new", action, "paid"}, {"paid", "ship", "shipped"}});
    CHECK_FALSE(equivalent(model_of({{"", init, "paid"}, {"paid", "ship", "shipped"}}), spec));
    CHECK(equivalent(model_of({{"", init, "x"}, {"x", action, "y"}, {"y", "ship", "z"}}), spec));
  }
}

TEST_CASE("an initial state that no step mentions is a deadlock", "[bisimulation]") {
  const auto nothing = spec_of({});
  const auto idle = spec_of({{"new", internal, "new"}});
  const auto busy = spec_of({{"new", "pay", "paid"}});
  const auto model = model_of({{"", init, "elsewhere"}, {"new", "pay", "paid"}});
  CHECK(equivalent(model, nothing));
  CHECK(equivalent(model, idle));
  CHECK_FALSE(equivalent(model, busy));
  CHECK_FALSE(equivalent(model_of({{"", init, "new"}, {"new", "pay", "paid"}}), nothing));
}
