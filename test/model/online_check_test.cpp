#include "model/workflow/online_check.hpp"

#include "model/bisimulation/branching_bisimulation.hpp"

#include <catch2/catch_test_macros.hpp>

#include <random>
#include <string>

using namespace lockstep;

namespace {

const std::string init{initialisation_action};
const std::string internal{internal_action};

online_check check_of(std::vector<transition> spec, std::set<transition> model) {
  return {std::make_shared<minimised_specification>(std::make_shared<const specification>(
              specification::make("Order", std::move(spec)).value())),
          std::make_shared<implementation_model>(
              implementation_model{"Order", false, std::move(model)})};
}

const std::vector<transition> order{{"new", "pay", "paid"}, {"paid", "ship", "shipped"}};
const std::set<transition> complete{
    {"", init, "x"}, {"x", "pay", "y"}, {"y", "ship", "z"}, {"w", "call", "v"}};

} // namespace

TEST_CASE("a step that the class can do anyway keeps a model equivalent", "[online-check]") {
  const auto check = check_of(order, complete);
  CHECK(check.is_equivalent());
  CHECK(check.still_equivalent({"x", "pay", "y"}));
  CHECK(check.still_equivalent({"y", "ship", "elsewhere"}));
  CHECK(check.still_equivalent({"z", internal, "elsewhere"}));
  CHECK(check.still_equivalent({"x", internal, "x"}));
  CHECK(check.still_equivalent({"w", "explode", "z"}));
  CHECK(check.still_equivalent({"elsewhere", "explode", "x"}));
}

TEST_CASE("a step that a deterministic specification does not have is told at once",
          "[online-check]") {
  const auto check = check_of(order, complete);
  CHECK_FALSE(check.still_equivalent({"x", "pay", "elsewhere"}));
  CHECK_FALSE(check.still_equivalent({"x", "refund", "y"}));
  CHECK_FALSE(check.still_equivalent({"x", internal, "y"}));
  CHECK_FALSE(check.still_equivalent({"y", "ship", "x"}));
  CHECK_FALSE(check.still_equivalent({"z", "reopen", "x"}));
}

TEST_CASE("a first initialisation may complete a model, a second one never", "[online-check]") {
  auto without = complete;
  without.erase({"", init, "x"});
  const auto check = check_of(order, without);
  CHECK_FALSE(check.is_equivalent());
  CHECK(check.still_equivalent({"", init, "x"}));
  CHECK_FALSE(check.still_equivalent({"", init, "y"}));
  CHECK_FALSE(check.still_equivalent({"x", "pay", "v"}));
  CHECK_FALSE(check_of(order, complete).still_equivalent({"", init, "y"}));
}

TEST_CASE("where an initialisation starts is no state of the model", "[online-check]") {
  const auto check = check_of(order, {{"start", init, "x"}, {"x", "pay", "y"}, {"y", "ship", "z"}});
  CHECK(check.still_equivalent({"start", "explode", "x"}));
}

TEST_CASE("online answers are those of a whole comparison", "[online-check][law]") {
  // Few names, so that models and specifications have much to do with each other.
  std::mt19937 random(42);
  const auto pick = [&](const std::vector<std::string>& names) {
    return names[random() % names.size()];
  };
  const std::vector<std::string> states{"s", "t", "u", "v", "w"};
  const std::vector<std::string> actions{"a", "b", internal};
  const auto any_step = [&] { return transition{pick(states), pick(actions), pick(states)}; };
  int equal = 0;
  int equal_before = 0;
  for (int i = 0; i < 4'000; ++i) {
    std::vector<transition> spec;
    for (auto count = random() % 7; count > 0; --count)
      spec.push_back(any_step());
    implementation_model model{"Order", false, {}};
    if (random() % 10 != 0)
      model.transitions.insert({"", init, pick(states)});
    // Often what the specification has, less or more.
    if (random() % 3 != 0) {
      model.transitions.insert(spec.begin(), spec.end());
      if (!spec.empty())
        model.transitions.insert({"", init, spec.front().from});
    }
    for (auto count = random() % 3; count > 0; --count)
      model.transitions.insert(any_step());
    const auto described =
        std::make_shared<const specification>(specification::make("Order", spec).value());
    const online_check check(std::make_shared<minimised_specification>(described),
                             std::make_shared<implementation_model>(model));
    CHECK(check.is_equivalent() == equivalent(model, *described));
    for (int question = 0; question < 10; ++question) {
      auto step = any_step();
      if (random() % 10 == 0)
        step.to = "fresh";
      if (random() % 20 == 0)
        step.action = init;
      if (random() % 20 == 0)
        step.action = "unheard of";
      auto extended = model;
      extended.transitions.insert(step);
      const auto expected = equivalent(extended, *described);
      CAPTURE(i, step.from, step.action, step.to);
      CHECK(check.still_equivalent(step) == expected);
      equal += expected ? 1 : 0;
      equal_before += check.is_equivalent() ? 1 : 0;
    }
  }
  CHECK(equal > 3'000);
  CHECK(equal_before > 3'000);
}
