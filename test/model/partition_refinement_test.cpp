/// Both algorithms of partition refinement, each by itself.

#include "model/bisimulation/bisimilarity_check.hpp"
#include "model/bisimulation/branching_bisimulation.hpp"
#include "model/bisimulation/bunch_refinement.hpp"
#include "model/bisimulation/coarsest_partition.hpp"
#include "model/bisimulation/disjoint_union.hpp"
#include "model/bisimulation/signature_refinement.hpp"
#include "model/bisimulation/tau_cycles.hpp"

#include "bench/support/system_families.hpp"
#include "test/support/naive_branching_bisimulation.hpp"
#include "test/support/random_systems.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

using namespace lockstep;
using test::any_system;

namespace {

template <class Refinement>
std::vector<lts::state> classes_by(const lts& system) {
  const auto collapsed = collapse_tau_cycles(system);
  Refinement partition(collapsed.system);
  while (partition.refine()) {
    // nop
  }
  std::vector<lts::state> classes;
  for (const auto state : collapsed.state_of)
    classes.push_back(partition.block_of(state));
  return classes;
}

/// Whether two partitions of the same states are the same, whatever their blocks are called.
bool same_partition(const std::vector<lts::state>& lhs, const std::vector<lts::state>& rhs) {
  constexpr auto none = std::numeric_limits<lts::state>::max();
  std::vector<lts::state> there(lhs.size(), none);
  std::vector<lts::state> back(lhs.size(), none);
  for (std::size_t s = 0; s < lhs.size(); ++s) {
    if (there[lhs[s]] == none)
      there[lhs[s]] = rhs[s];
    if (back[rhs[s]] == none)
      back[rhs[s]] = lhs[s];
    if (there[lhs[s]] != rhs[s] || back[rhs[s]] != lhs[s])
      return false;
  }
  return true;
}

/// A small random system with a random number of states, edges and labels.
lts small_system(std::mt19937& random, lts::state max_states) {
  const auto below = [&random](std::uint32_t bound) {
    return static_cast<std::uint32_t>(random() % bound);
  };
  lts system;
  system.state_count = 1 + below(max_states);
  system.initial = below(system.state_count);
  const auto labels = 1 + below(3);
  const auto edges = below(3 * system.state_count + 1);
  for (std::uint32_t i = 0; i < edges; ++i)
    system.edges.push_back(
        {below(system.state_count), below(labels + 1), below(system.state_count)});
  return system;
}

} // namespace

TEST_CASE("100,000 random pairs are judged as the definition judges them", "[bisimulation][law]") {
  std::mt19937 random(20'260);
  int bisimilar = 0;
  for (int i = 0; i < 100'000; ++i) {
    const auto lhs = small_system(random, 6);
    const auto rhs = small_system(random, 6);
    const auto both = disjoint_union(lhs, rhs);
    const test::naive_branching_bisimulation expected(both);
    const auto related = expected.related(lhs.initial, lhs.state_count + rhs.initial);
    CAPTURE(i);
    REQUIRE(branching_bisimilar(lhs, rhs) == related);
    const auto by_bunches = classes_by<bunch_refinement>(both);
    for (lts::state s = 0; s < both.state_count; ++s) {
      for (lts::state t = 0; t < s; ++t)
        REQUIRE((by_bunches[s] == by_bunches[t]) == expected.related(s, t));
    }
    bisimilar += related ? 1 : 0;
  }
  CHECK(bisimilar > 5'000);
  CHECK(bisimilar < 95'000);
}

TEST_CASE("bunches and signatures find the same classes", "[bisimulation][law]") {
  for (lts::state max_states = 20; max_states <= 60; max_states += 20) {
    for (lts::label max_label = 1; max_label <= 3; ++max_label)
      REQUIRE(rc::check([=] {
        const auto system = *any_system(max_states, max_label);
        RC_ASSERT(same_partition(classes_by<bunch_refinement>(system),
                                 classes_by<signature_refinement>(system)));
      }));
  }
}

TEST_CASE("bunches and signatures agree on larger random systems", "[bisimulation][law]") {
  for (unsigned seed = 1; seed <= 30; ++seed) {
    const auto system =
        bench::random_system(2'000, 1 + seed % 3, 1 + seed % 4, 10 + 20 * (seed % 5), seed);
    CAPTURE(seed);
    CHECK(same_partition(classes_by<bunch_refinement>(system),
                         classes_by<signature_refinement>(system)));
  }
}

TEST_CASE("bunches and signatures agree on the families that are hard for one", "[bisimulation]") {
  for (const auto& [name, make] : bench::hard_families) {
    CAPTURE(name);
    const auto system = make(300);
    CHECK(same_partition(classes_by<bunch_refinement>(system),
                         classes_by<signature_refinement>(system)));
  }
}

TEST_CASE("bunches look at each edge a logarithmic number of times", "[bisimulation]") {
  for (const auto& [name, make] : bench::hard_families) {
    for (const lts::state n : {1'000U, 4'000U, 16'000U}) {
      CAPTURE(name, n);
      const auto system = collapse_tau_cycles(make(n)).system;
      bunch_refinement partition(system);
      while (partition.refine()) {
        // nop
      }
      const auto size =
          static_cast<double>(system.state_count) + static_cast<double>(system.edges.size());
      CHECK(static_cast<double>(partition.visits()) < 3 * size * std::log2(system.state_count));
    }
  }
}

TEST_CASE("signatures are given up where they look again and again", "[bisimulation]") {
  for (const auto& [name, make] : bench::hard_families) {
    CAPTURE(name);
    auto system = collapse_tau_cycles(make(4'000)).system;
    const auto size = system.state_count + system.edges.size();
    std::uint64_t visits = 0;
    signature_refinement signatures;
    refine_until(
        system, signatures,
        [&](const auto& partition) {
          visits = std::max(visits, partition.visits());
          return false;
        },
        [](const auto&) { return 0; });
    // One round, which looks at everything at most twice, may go beyond the limit.
    const auto of_signatures = (most_visits + 2) * size;
    CHECK(static_cast<double>(visits)
          < std::max(static_cast<double>(of_signatures), 3.0 * static_cast<double>(size) * 13));
  }
}

TEST_CASE("a check may be used again and again, for large and for small systems",
          "[bisimulation][law]") {
  std::mt19937 random(7);
  bisimilarity_check check;
  for (int i = 0; i < 3'000; ++i) {
    const auto lhs = small_system(random, i % 100 == 0 ? 300 : 8);
    const auto rhs = i % 3 == 0 ? lhs : small_system(random, 8);
    CAPTURE(i);
    REQUIRE(check(lhs, rhs) == branching_bisimilar(lhs, rhs));
    if (i == 1'500) // signatures give up here
      REQUIRE(check(bench::double_ladder(2'000), bench::double_ladder(2'000)));
  }
}
