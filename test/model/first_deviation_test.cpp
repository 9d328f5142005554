#include "model/bisimulation/first_deviation.hpp"

#include "model/bisimulation/branching_bisimulation.hpp"
#include "test/support/random_systems.hpp"

#include <catch2/catch_test_macros.hpp>
#include <rapidcheck.h>

#include <set>
#include <utility>

using namespace lockstep;
using namespace lockstep::test;

namespace {

constexpr lts::label tau = lts::tau;
constexpr lts::label a = 1;
constexpr lts::label b = 2;

using state_set = std::set<lts::state>;

/// With all that internal steps lead to.
state_set closed(const lts& system, state_set states) {
  for (std::size_t before = 0; before != states.size();) {
    before = states.size();
    for (const auto& [from, action, to] : system.edges) {
      if (action == tau && states.contains(from))
        states.insert(to);
    }
  }
  return states;
}

state_set after(const lts& system, const state_set& states, lts::label action) {
  state_set targets;
  for (const auto& edge : system.edges) {
    if (edge.action == action && states.contains(edge.from))
      targets.insert(edge.to);
  }
  return closed(system, targets);
}

/// All the last steps of shortest ways that are not allowed: by definition, a step at a time for
/// all ways at once.
std::set<lts::edge> nearest_deviations(const lts& specified, const lts& observed) {
  std::set<std::pair<lts::state, state_set>> seen{
      {observed.initial, closed(specified, {specified.initial})}};
  for (std::size_t before = 0; before != seen.size();) {
    before = seen.size();
    std::set<lts::edge> found;
    auto next = seen;
    for (const auto& [state, allowed] : seen) {
      for (const auto& edge : observed.edges) {
        if (edge.from != state)
          continue;
        const auto then = edge.action == tau ? allowed : after(specified, allowed, edge.action);
        if (then.empty())
          found.insert(edge);
        else
          next.emplace(edge.to, then);
      }
    }
    if (!found.empty())
      return found;
    seen = std::move(next);
  }
  return {};
}

/// States of one way, each of which may skip its next action: the one on place `i` may be anywhere
/// behind it, too.
lts skipping(lts::state length) {
  lts system{length, 0, {}};
  for (lts::state i = 0; i + 1 < length; ++i) {
    system.edges.push_back({i, tau, i + 1});
    system.edges.push_back({i, a, i + 1});
  }
  return system;
}

/// A way of as many states that can do what it should not at its end.
lts one_way(lts::state length) {
  lts system{length, 0, {}};
  for (lts::state i = 0; i + 1 < length; ++i)
    system.edges.push_back({i, a, i + 1});
  system.edges.push_back({length - 1, b, 0});
  return system;
}

} // namespace

TEST_CASE("the deviating step is the last one of a shortest way", "[first_deviation]") {
  const lts specified{4, 0, {{0, a, 1}, {1, tau, 2}, {2, a, 3}}};
  const lts observed{5, 0, {{0, tau, 1}, {1, a, 2}, {2, a, 3}, {3, a, 4}, {2, b, 0}}};
  CHECK(first_deviation(specified, observed) == lts::edge{2, b, 0});
  CHECK(first_deviation(specified, observed, 2) == std::nullopt);
  CHECK(first_deviation(observed, specified) == std::nullopt);
}

TEST_CASE("a deviation is not allowed and no way to one is shorter", "[first_deviation][law]") {
  int deviations = 0;
  CHECK(rc::check([&] {
    const auto specified = *any_system(5);
    const auto observed = *any_system(5);
    const auto nearest = nearest_deviations(specified, observed);
    const auto found = first_deviation(specified, observed);
    RC_ASSERT(found.has_value() == !nearest.empty());
    if (found)
      RC_ASSERT(nearest.contains(*found));
    deviations += found.has_value();
    const auto within = first_deviation(specified, observed, 3);
    if (within)
      RC_ASSERT(within == found);
  }));
  CHECK(deviations > 3);
}

TEST_CASE("bisimilar systems have no deviating step", "[first_deviation][law]") {
  CHECK(rc::check([] {
    const auto lhs = *any_system(6);
    const auto rhs = *any_system(6);
    RC_ASSERT(!first_deviation(lhs, lhs));
    if (branching_bisimilar(lhs, rhs))
      RC_ASSERT(!first_deviation(lhs, rhs));
  }));
}

TEST_CASE("the search for a deviation ends where its sets are large", "[first_deviation]") {
  // As many pairs as states, which the limit allows; but each with a set of up to as many states.
  CHECK(first_deviation(skipping(500), one_way(500)) == lts::edge{499, b, 0});
  CHECK(first_deviation(skipping(8'000), one_way(8'000)) == std::nullopt);
  // Sets that are looked at again and again take no more memory.
  CHECK(first_deviation({1, 0, {{0, a, 0}}}, one_way(8'000)) == lts::edge{7'999, b, 0});
}

TEST_CASE("the nearest step that is wanted is the first one breadth first", "[first_deviation]") {
  const lts system{4, 1, {{1, a, 2}, {2, a, 3}, {2, tau, 3}, {3, b, 1}, {2, b, 2}, {0, b, 0}}};
  const auto is_b = [](const lts::edge& edge) { return edge.action == b; };
  CHECK(nearest_step(system, is_b) == lts::edge{2, b, 2});
  CHECK(nearest_step(system, [](const auto& edge) { return edge.from == 0; }) == std::nullopt);
}
