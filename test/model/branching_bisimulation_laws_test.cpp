#include "model/bisimulation/branching_bisimulation.hpp"

#include "test/support/naive_branching_bisimulation.hpp"
#include "test/support/random_systems.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <numeric>
#include <random>

using namespace lockstep;
using test::any_system;

namespace {

constexpr lts::label tau = lts::tau;

lts::state any_state_of(const lts& system) {
  return *rc::gen::inRange<lts::state>(0, system.state_count);
}

/// Agrees with the definition on each pair of states of a system.
void check_against_definition(const lts& system) {
  const auto classes = branching_classes(system);
  const test::naive_branching_bisimulation expected(system);
  RC_ASSERT(classes.size() == system.state_count);
  for (lts::state s = 0; s < system.state_count; ++s) {
    for (lts::state t = 0; t < system.state_count; ++t)
      RC_ASSERT((classes[s] == classes[t]) == expected.related(s, t));
  }
}

} // namespace

TEST_CASE("classes are what the definition says", "[bisimulation][law]") {
  // Many states with few labels, and internal steps in plenty, take blocks apart again and again.
  for (lts::state max_states = 2; max_states <= 14; max_states += 3) {
    for (lts::label max_label = 1; max_label <= 3; ++max_label) {
      for (int repetition = 0; repetition < 5; ++repetition)
        REQUIRE(rc::check([=] { check_against_definition(*any_system(max_states, max_label)); }));
    }
  }
}

TEST_CASE("systems compare as their initial states in one system do", "[bisimulation][law]") {
  CHECK(rc::check([] {
    const auto system = *any_system(8);
    auto other = system;
    other.initial = any_state_of(system);
    const auto classes = branching_classes(system);
    RC_ASSERT(branching_bisimilar(system, other)
              == (classes[system.initial] == classes[other.initial]));
  }));
}

TEST_CASE("bisimilarity is reflexive, symmetric and transitive", "[bisimulation][law]") {
  int related = 0;
  CHECK(rc::check([&] {
    const auto x = *any_system(3, 1);
    const auto y = *any_system(3, 1);
    const auto z = *any_system(3, 1);
    RC_ASSERT(branching_bisimilar(x, x));
    RC_ASSERT(branching_bisimilar(x, y) == branching_bisimilar(y, x));
    if (branching_bisimilar(x, y) && branching_bisimilar(y, z)) {
      RC_ASSERT(branching_bisimilar(x, z));
      ++related;
    }
  }));
  CHECK(related > 0);
}

TEST_CASE("other names of states change nothing", "[bisimulation][law]") {
  CHECK(rc::check([] {
    const auto system = *any_system(10);
    std::vector<lts::state> names(system.state_count);
    std::iota(names.begin(), names.end(), lts::state{0});
    std::shuffle(names.begin(), names.end(), std::mt19937(*rc::gen::arbitrary<unsigned>()));
    auto renamed = system;
    renamed.initial = names[system.initial];
    for (auto& [from, action, to] : renamed.edges) {
      from = names[from];
      to = names[to];
    }
    std::ranges::reverse(renamed.edges);
    RC_ASSERT(branching_bisimilar(system, renamed));
    const auto classes = branching_classes(system);
    const auto classes_renamed = branching_classes(renamed);
    for (lts::state s = 0; s < system.state_count; ++s) {
      for (lts::state t = 0; t < system.state_count; ++t)
        RC_ASSERT((classes[s] == classes[t])
                  == (classes_renamed[names[s]] == classes_renamed[names[t]]));
    }
  }));
}

TEST_CASE("unreachable states change nothing", "[bisimulation][law]") {
  CHECK(rc::check([] {
    const auto system = *any_system(8);
    auto larger = system;
    larger.state_count += *rc::gen::inRange<lts::state>(1, 5);
    for (auto s = system.state_count; s < larger.state_count; ++s) {
      for (int i = 0; i < 3; ++i)
        larger.edges.push_back({s, *rc::gen::inRange<lts::label>(0, 4), any_state_of(larger)});
    }
    RC_ASSERT(branching_bisimilar(system, larger));
  }));
}

TEST_CASE("loops of internal steps change nothing", "[bisimulation][law]") {
  CHECK(rc::check([] {
    const auto system = *any_system(8);
    auto looping = system;
    const auto state = any_state_of(system);
    looping.edges.push_back({state, tau, state});
    // Another state gets a twin, internal steps between the two, and some of its edges.
    const auto original = any_state_of(system);
    const auto twin = looping.state_count++;
    for (auto& edge : looping.edges) {
      if (edge.from == original && *rc::gen::arbitrary<bool>())
        edge.from = twin;
      if (edge.to == original && *rc::gen::arbitrary<bool>())
        edge.to = twin;
    }
    looping.edges.push_back({original, tau, twin});
    looping.edges.push_back({twin, tau, original});
    RC_ASSERT(branching_bisimilar(system, looping));
  }));
}

TEST_CASE("a step in two, one of them internal, changes nothing", "[bisimulation][law]") {
  CHECK(rc::check([] {
    const auto system = *any_system(8);
    auto longer = system;
    for (std::size_t i = 0; i < system.edges.size(); ++i) {
      if (!*rc::gen::arbitrary<bool>())
        continue;
      const auto middle = longer.state_count++;
      longer.edges.push_back({middle, tau, longer.edges[i].to});
      longer.edges[i].to = middle;
    }
    RC_ASSERT(branching_bisimilar(system, longer));
  }));
}
