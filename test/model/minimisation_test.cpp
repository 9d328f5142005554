#include "model/bisimulation/minimisation.hpp"

#include "model/bisimulation/branching_bisimulation.hpp"

#include "test/support/random_systems.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

using namespace lockstep;
using test::any_system;

namespace {

constexpr lts::label tau = lts::tau;
constexpr lts::label a = 1;
constexpr lts::label b = 2;

} // namespace

TEST_CASE("a minimised system has no inert steps and nothing unreachable", "[minimisation]") {
  const lts system{6, 1, {{1, tau, 2}, {2, a, 3}, {1, a, 3}, {3, tau, 4}, {5, b, 1}}};
  const auto smallest = minimise_branching(system);
  CHECK(smallest.system.state_count == 2);
  CHECK(smallest.system.initial == 0);
  CHECK(smallest.system.edges == std::vector<lts::edge>{{0, a, 1}});
  constexpr auto gone = minimised_lts::unreachable;
  CHECK(smallest.state_of == std::vector<lts::state>{1, 0, 0, 1, 1, gone});
}

TEST_CASE("a strongly minimised system keeps its internal steps", "[minimisation]") {
  const lts system{5, 0, {{0, tau, 1}, {0, tau, 2}, {1, a, 3}, {2, a, 4}, {3, tau, 3}}};
  const auto smallest = minimise_strong(system);
  CHECK(smallest.system.edges
        == std::vector<lts::edge>{{0, tau, 1}, {0, tau, 2}, {1, a, 3}, {2, a, 4}, {3, tau, 3}});
  const lts loop{2, 0, {{0, tau, 1}, {1, tau, 0}}};
  CHECK(minimise_strong(loop).system.edges == std::vector<lts::edge>{{0, tau, 0}});
}

TEST_CASE("a minimised system is bisimilar to its original", "[minimisation][law]") {
  CHECK(rc::check([] {
    const auto system = *any_system(12);
    RC_ASSERT(branching_bisimilar(system, minimise_branching(system).system));
    RC_ASSERT(strongly_bisimilar(system, minimise_strong(system).system));
  }));
}

TEST_CASE("minimisation is idempotent", "[minimisation][law]") {
  CHECK(rc::check([] {
    const auto system = *any_system(12);
    const auto once = minimise_branching(system).system;
    const auto twice = minimise_branching(once).system;
    RC_ASSERT(once.state_count == twice.state_count);
    RC_ASSERT(once.edges == twice.edges);
    const auto strongly = minimise_strong(system).system;
    RC_ASSERT(strongly.edges == minimise_strong(strongly).system.edges);
  }));
}

TEST_CASE("no two states of a minimised system are bisimilar", "[minimisation][law]") {
  CHECK(rc::check([] {
    const auto smallest = minimise_branching(*any_system(12)).system;
    const auto classes = branching_classes(smallest);
    RC_ASSERT(*std::ranges::max_element(classes) + 1 == smallest.state_count);
  }));
}

TEST_CASE("no two states of a strongly minimised system are strongly bisimilar",
          "[minimisation][law]") {
  CHECK(rc::check([] {
    const auto smallest = minimise_strong(*any_system(12)).system;
    const auto classes = strong_classes(smallest);
    RC_ASSERT(*std::ranges::max_element(classes) + 1 == smallest.state_count);
  }));
}

TEST_CASE("a state is bisimilar to the one that it became", "[minimisation][law]") {
  CHECK(rc::check([] {
    auto system = *any_system(12);
    auto [smallest, state_of] = minimise_branching(system);
    for (lts::state s = 0; s < system.state_count; ++s) {
      if (state_of[s] == minimised_lts::unreachable)
        continue;
      system.initial = s;
      smallest.initial = state_of[s];
      RC_ASSERT(branching_bisimilar(system, smallest));
    }
  }));
}

TEST_CASE("strongly bisimilar systems are branching bisimilar", "[bisimulation][law]") {
  int strong = 0;
  CHECK(rc::check([&] {
    const auto lhs = *any_system(3, 1);
    const auto rhs = *any_system(3, 1);
    if (strongly_bisimilar(lhs, rhs)) {
      RC_ASSERT(branching_bisimilar(lhs, rhs));
      ++strong;
    }
  }));
  CHECK(strong > 0);
}

TEST_CASE("an internal step is visible to strong bisimilarity", "[bisimulation]") {
  const lts with{3, 0, {{0, tau, 1}, {1, a, 2}}};
  const lts without{2, 0, {{0, a, 1}}};
  CHECK(branching_bisimilar(with, without));
  CHECK_FALSE(strongly_bisimilar(with, without));
  // An internal step is not mistaken for the other system's largest label either.
  CHECK_FALSE(strongly_bisimilar(lts{2, 0, {{0, tau, 1}}}, without));
}
