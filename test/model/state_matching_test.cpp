#include "model/bisimulation/state_matching.hpp"

#include "test/support/random_systems.hpp"

#include <catch2/catch_test_macros.hpp>
#include <rapidcheck.h>

#include <set>
#include <string>
#include <vector>

using namespace lockstep;
using namespace lockstep::test;

namespace {

constexpr lts::label tau = lts::tau;
constexpr lts::label a = 1;
constexpr lts::label b = 2;

state_matching match(const named_system& lhs, const named_system& rhs) {
  return match_states(lhs, rhs, classes_of_both(lhs.system, rhs.system));
}

using numbers = std::vector<state_matching::number>;
using names = std::vector<std::string>;

} // namespace

TEST_CASE("states of the same name are the same if the initial ones are", "[state_matching]") {
  const named_system lhs{{3, 0, {{0, a, 1}, {0, b, 2}}}, {"new", "paid", "lost"}};
  const named_system rhs{{3, 1, {{1, a, 0}}}, {"paid", "new", "odd"}};
  const auto matched = match(lhs, rhs);
  CHECK(matched.by_name);
  CHECK(matched.lhs == numbers{0, 1, 2});
  CHECK(matched.rhs == numbers{1, 0, 3});
  CHECK(matched.names == names{"new", "paid", "lost", "odd"});
}

TEST_CASE("states that behave alike are the same under other names", "[state_matching]") {
  const named_system lhs{{3, 0, {{0, a, 1}, {2, a, 1}}}, {"new", "paid", "unreachable"}};
  const named_system rhs{{4, 0, {{0, tau, 1}, {1, a, 2}, {1, a, 3}}}, {}};
  const auto matched = match(lhs, rhs);
  CHECK_FALSE(matched.by_name);
  CHECK(matched.lhs[0] == matched.rhs[0]);
  CHECK(matched.rhs[0] == matched.rhs[1]);
  CHECK(matched.lhs[1] == matched.rhs[3]);
  CHECK(matched.lhs[2] == state_matching::none);
  CHECK(std::set(matched.names.begin(), matched.names.end())
        == std::set<std::string>{"new / 0", "paid / 2"});
}

TEST_CASE("states on the same way are the same although they differ later", "[state_matching]") {
  // a.a.a against a.a.b: only the ends behave alike
  const named_system lhs{{4, 0, {{0, a, 1}, {1, a, 2}, {2, a, 3}}}, {}};
  const named_system rhs{{4, 3, {{3, a, 2}, {2, a, 1}, {1, b, 0}}}, {}};
  const auto matched = match(lhs, rhs);
  CHECK(matched.names.size() == 4);
  for (lts::state state = 0; state < 4; ++state)
    CHECK(matched.lhs[state] == matched.rhs[3 - state]);
}

TEST_CASE("a state that behaves like the other system's initial one is that", "[state_matching]") {
  const named_system lhs{{2, 0, {{0, a, 1}}}, {}};
  const named_system rhs{{3, 0, {{0, b, 1}, {1, a, 2}}}, {}};
  const auto matched = match(lhs, rhs);
  CHECK(matched.lhs[0] == matched.rhs[1]);
  CHECK(matched.rhs[0] != matched.lhs[0]);
  CHECK(matched.names.size() == 3);
}

TEST_CASE("matching does not tell bisimilar states apart", "[state_matching]") {
  CHECK(rc::check([] {
    const named_system lhs{*any_system(10), {}};
    const named_system rhs{*any_system(10), {}};
    const auto classes = classes_of_both(lhs.system, rhs.system);
    const auto matched = match_states(lhs, rhs, classes);
    for (lts::state s = 0; s < lhs.system.state_count; ++s) {
      for (lts::state t = 0; t < rhs.system.state_count; ++t) {
        const bool drawn =
            matched.lhs[s] != state_matching::none && matched.rhs[t] != state_matching::none;
        RC_ASSERT(!drawn || classes.lhs[s] != classes.rhs[t] || matched.lhs[s] == matched.rhs[t]);
      }
      for (lts::state t = 0; t < lhs.system.state_count; ++t) // one system's states only if alike
        RC_ASSERT(matched.lhs[s] == state_matching::none || matched.lhs[s] != matched.lhs[t]
                  || classes.lhs[s] == classes.lhs[t]);
    }
    for (const auto number : matched.rhs)
      RC_ASSERT(number == state_matching::none || number < matched.names.size());
    RC_ASSERT(matched.lhs[lhs.system.initial] != state_matching::none);
    RC_ASSERT(matched.rhs[rhs.system.initial] != state_matching::none);
  }));
}
