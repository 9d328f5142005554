#include "app/script/generator.hpp"

#include <set>

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;

namespace {

specification order() {
  return *specification::make(
      "Order",
      {{"new", "pay", "paid"}, {"new", "cancel", "cancelled"}, {"paid", "ship", "shipped"}});
}

std::vector<std::vector<step_report>> all_walks(const specification& spec,
                                                const script::generate& wanted) {
  instance_generator generator{spec, wanted};
  std::vector<std::vector<step_report>> walks;
  for (auto walk = generator.next(); !walk.empty(); walk = generator.next())
    walks.push_back(std::move(walk));
  return walks;
}

} // namespace

TEST_CASE("generated instances walk from the initial to a terminal state", "[generator]") {
  auto spec = order();
  auto walks = all_walks(spec, {200, "Order", "o-", 0, 0, 1});
  REQUIRE(walks.size() == 200);
  std::set<transition> known{spec.transitions().begin(), spec.transitions().end()};
  std::set<term> identifiers;
  for (const auto& walk : walks) {
    auto state = spec.initial_state();
    CHECK(walk.front().initialise_as == "Order");
    for (const auto& step : walk) {
      CHECK(known.contains({state, step.action, step.to}));
      state = step.to;
    }
    CHECK(spec.is_terminal(state));
    identifiers.insert(walk.front().identifier);
  }
  CHECK(identifiers.size() == 200);
}

TEST_CASE("the same seed generates the same instances", "[generator]") {
  auto spec = order();
  auto first = all_walks(spec, {50, "Order", "o-", 10, 10, 3});
  auto second = all_walks(spec, {50, "Order", "o-", 10, 10, 3});
  REQUIRE(first.size() == second.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    REQUIRE(first[i].size() == second[i].size());
    CHECK(first[i].back().to == second[i].back().to);
  }
}

TEST_CASE("all or none of the instances deviate, as it is wanted", "[generator]") {
  auto spec = order();
  for (const auto& walk : all_walks(spec, {50, "Order", "o-", 100, 0, 1}))
    CHECK(walk.back().action == "tamper");
  for (const auto& walk : all_walks(spec, {50, "Order", "o-", 0, 0, 1}))
    CHECK(walk.back().action != "tamper");
}
