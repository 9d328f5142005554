#include "model/workflow/conformance.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace lockstep;

namespace {

const std::string init{initialisation_action};
const std::string internal{internal_action};

std::shared_ptr<const specification> order() {
  return std::make_shared<const specification>(
      specification::make("Order", {{"new", "pay", "paid"}, {"paid", "ship", "shipped"}}).value());
}

implementation_model complete() {
  return {"Order", false, {{"", init, "new"}, {"new", "pay", "paid"}, {"paid", "ship", "shipped"}}};
}

implementation_model learning() { return {"Order", true, {}}; }

} // namespace

TEST_CASE("a known step conforms", "[conformance]") {
  conformance rule(order(), complete());
  CHECK(rule.observe({"", init, "new"}).outcome == verdict::conforms);
  CHECK(rule.observe({"new", "pay", "paid"}).outcome == verdict::conforms);
}

TEST_CASE("while learning, a step is new once", "[conformance]") {
  conformance rule(order(), learning());
  CHECK(rule.observe({"new", "explode", "gone"}).outcome == verdict::learned);
  CHECK(rule.observe({"new", "explode", "gone"}).outcome == verdict::conforms);
  CHECK(rule.model().transitions.size() == 1);
}

TEST_CASE("an unknown step is judged with the model as it is", "[conformance]") {
  conformance rule(order(), complete());
  CHECK(rule.observe({"new", internal, "new"}).outcome == verdict::deviation_still_equivalent);
  CHECK(rule.observe({"new", "pay", "also paid"}).outcome == verdict::deviation_not_equivalent);
  CHECK(rule.observe({"new", "refund", "new"}).outcome == verdict::deviation_not_equivalent);
  CHECK(rule.observe({"elsewhere", "refund", "new"}).outcome
        == verdict::deviation_still_equivalent);
  CHECK(rule.model() == complete());
}

TEST_CASE("the step that completes a model is a deviation and still equivalent", "[conformance]") {
  auto model = complete();
  model.transitions.erase({"paid", "ship", "shipped"});
  conformance rule(order(), model);
  CHECK(rule.observe({"paid", "ship", "home"}).outcome == verdict::deviation_still_equivalent);
  CHECK(rule.observe({"new", internal, "new"}).outcome == verdict::deviation_not_equivalent);
}

TEST_CASE("a second initialisation is never equivalent", "[conformance]") {
  conformance rule(order(), complete());
  CHECK(rule.observe({"", init, "paid"}).outcome == verdict::deviation_not_equivalent);
}

TEST_CASE("a verdict is the same each time until the model changes", "[conformance]") {
  conformance rule(order(), complete());
  const transition refund{"paid", "refund", "new"};
  for (int i = 0; i < 3; ++i)
    CHECK(rule.observe(refund).outcome == verdict::deviation_not_equivalent);

  auto larger = complete();
  larger.transitions.insert(refund);
  rule.replace(larger);
  CHECK(rule.observe(refund).outcome == verdict::conforms);

  // Without its last step the model lacks what the specification has; the verdict is a new one.
  rule.replace({"Order", false, {{"", init, "new"}, {"new", "pay", "paid"}}});
  CHECK(rule.observe({"paid", "ship", "shipped"}).outcome == verdict::deviation_still_equivalent);
  rule.replace({"Order", false, {{"", init, "new"}}});
  CHECK(rule.observe({"paid", "ship", "shipped"}).outcome == verdict::deviation_not_equivalent);
}

TEST_CASE("more unknown steps than are remembered are judged all the same", "[conformance]") {
  const auto idle = std::make_shared<const specification>(specification::make("Idle", {}).value());
  conformance rule(idle, {"Idle", false, {{"", init, "new"}}});
  for (std::size_t i = 0; i <= conformance::max_remembered; ++i)
    REQUIRE(rule.observe({"new", "pay", std::to_string(i)}).outcome
            == verdict::deviation_not_equivalent);
  CHECK(rule.observe({"new", "pay", "0"}).outcome == verdict::deviation_not_equivalent);
  CHECK(rule.observe({"new", internal, "0"}).outcome == verdict::deviation_still_equivalent);
}

TEST_CASE("a question is pending until its answer is remembered", "[conformance]") {
  conformance rule(order(), complete());
  const transition refund{"paid", "refund", "new"};
  const auto asked = rule.pending(refund);
  REQUIRE(asked);
  CHECK(asked->step == refund);
  CHECK(asked->check == nullptr);
  rule.remember(answer_to(*asked));
  CHECK_FALSE(rule.pending(refund));
  CHECK(rule.observe(refund).outcome == verdict::deviation_not_equivalent);
  const auto next = rule.pending({"new", internal, "new"});
  REQUIRE(next);
  CHECK(next->check != nullptr); // prepared for the one before
  CHECK(answer_to(*next).found.outcome == verdict::deviation_still_equivalent);
}

TEST_CASE("what is known, judged or learned needs no answer", "[conformance]") {
  conformance rule(order(), complete());
  CHECK_FALSE(rule.pending({"new", "pay", "paid"}));
  CHECK(rule.checked_transitions() == 5);
  (void)rule.observe({"paid", "refund", "new"});
  CHECK_FALSE(rule.pending({"paid", "refund", "new"}));
  conformance learner(order(), learning());
  CHECK_FALSE(learner.pending({"new", "pay", "paid"}));
  CHECK(learner.checked_transitions() == 0);
}

TEST_CASE("an answer about another model or specification is dropped", "[conformance]") {
  conformance rule(order(), complete());
  const transition refund{"paid", "refund", "new"};
  const auto first = rule.pending(refund);
  rule.replace(complete());
  rule.remember(answer_to(*first));
  const auto second = rule.pending(refund);
  REQUIRE(second);
  CHECK(second != first);

  const auto widened = specification::make(
      "Order", {{"new", "pay", "paid"}, {"paid", "ship", "shipped"}, {"paid", "refund", "new"}});
  rule.declare(std::make_shared<const specification>(widened.value()));
  rule.remember(answer_to(*second));
  REQUIRE(rule.pending(refund));
  CHECK(rule.observe(refund).outcome == verdict::deviation_still_equivalent);
}

TEST_CASE("the model of a question stays what it is", "[conformance]") {
  conformance rule(order(), complete());
  const auto asked = rule.pending({"paid", "refund", "new"});
  rule.replace(learning());
  (void)rule.observe({"new", "explode", "gone"});
  CHECK(*asked->model == complete());
}

TEST_CASE("what is not equivalent is explained, what still is is not", "[conformance]") {
  conformance rule(order(), complete());
  const auto broken = rule.observe({"new", "refund", "new"});
  CHECK(broken.explanation.contains("why"));
  CHECK(broken.explanation.at("allowed") == term::list({"pay"}));
  CHECK(rule.observe({"new", "refund", "new"}).explanation == broken.explanation);
  CHECK(rule.observe({"new", internal, "new"}).explanation.empty());
}

TEST_CASE("of many unknown steps only some explanations are remembered", "[conformance]") {
  conformance rule(order(), complete());
  const auto limit = conformance::max_remembered_explanations;
  const auto refund = [](std::size_t i) { return transition{"new", std::to_string(i), "new"}; };
  for (std::size_t i = 0; i <= limit; ++i)
    REQUIRE(rule.observe(refund(i)).explanation.contains("why"));
  CHECK(rule.observe(refund(limit - 1)).explanation.contains("why"));
  CHECK(rule.observe(refund(limit)).explanation.empty());
  CHECK(rule.observe(refund(limit)).outcome == verdict::deviation_not_equivalent);
}

TEST_CASE("verdicts have names and fixed numbers", "[conformance]") {
  CHECK(to_string(verdict::conforms) == "conforms");
  CHECK(to_string(verdict::learned) == "learned");
  CHECK(to_string(verdict::deviation_still_equivalent) == "deviation_still_equivalent");
  CHECK(to_string(verdict::deviation_not_equivalent) == "deviation_not_equivalent");
  CHECK(static_cast<int>(verdict::conforms) == 0);
  CHECK(static_cast<int>(verdict::deviation_not_equivalent) == 3);
}
