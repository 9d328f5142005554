#include "model/workflow/deviation_explanation.hpp"

#include "model/bisimulation/branching_bisimulation.hpp"

#include "test/support/workflow_generators.hpp"

#include <catch2/catch_test_macros.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

using namespace lockstep;

namespace {

const std::string order =
    "new pay paid, paid ship shipped, shipped close closed, new cancel closed";

/// From text such as "new pay paid, paid ship shipped", where `i` is internal.
std::vector<transition> transitions(const std::string& text) {
  std::vector<transition> all;
  std::istringstream in(text);
  for (transition one; in >> one.from >> one.action >> one.to;) {
    if (one.to.ends_with(','))
      one.to.pop_back();
    if (one.action == "i")
      one.action = internal_action;
    all.push_back(one);
  }
  return all;
}

specification spec(const std::string& text) {
  return specification::make("Order", transitions(text)).value();
}

/// Initialised where the first transition starts.
implementation_model model(const std::string& text) {
  const auto all = transitions(text);
  implementation_model out{"Order", false, {all.begin(), all.end()}};
  out.transitions.insert({"", std::string(initialisation_action), all.front().from});
  return out;
}

deviation_explanation explain(const std::string& specified, const std::string& implemented,
                              const transition& step) {
  return explain_deviation(spec(specified), model(implemented), step);
}

std::vector<std::string> texts(const term& list) {
  std::vector<std::string> out;
  for (const auto& element : list.elements())
    out.emplace_back(*element.as_binary());
  return out;
}

using names = std::vector<std::string>;

} // namespace

TEST_CASE("an action that is wrong here is told with those that are right", "[deviation]") {
  const auto found = explain(order, order, {"paid", "refund", "new"});
  CHECK(found.text
        == "after `pay` the implementation can `refund`; the specification cannot; in `paid` the "
           "specification allows `ship`");
  CHECK(found.allowed == names{"ship"});
  CHECK(found.nearest == std::nullopt);
  CHECK(found.data.at("why")
        == term{"after `pay` the implementation can `refund`; the specification cannot"});
  CHECK(texts(found.data.at("allowed")) == names{"ship"});
  CHECK(texts(found.data.at("trace")) == names{"pay", "refund"});
  CHECK(found.data.at("able") == term{"implementation"});
  CHECK(found.data.at("formula") == term{"<tau*><pay><tau*><refund>true"});
  CHECK(found.data.at("holds_for") == term{"implementation"});
  CHECK(found.data.at("experiment").as_binary()->starts_with("After `pay` the implementation"));
  CHECK_FALSE(found.data.contains("nearest"));
}

TEST_CASE("a mistyped action is recognised", "[deviation]") {
  const auto found = explain(order, order, {"paid", "shpi", "shipped"});
  CHECK(found.text
        == "after `pay` the implementation can `shpi`; the specification cannot; in `paid` the "
           "specification allows `ship`; perhaps `shpi` should be `ship`");
  CHECK(found.nearest == "ship");
  CHECK(found.data.at("nearest") == term{"ship"});
}

TEST_CASE("only actions that are allowed in this place are suggested", "[deviation]") {
  CHECK(explain(order, order, {"paid", "cancle", "closed"}).nearest == std::nullopt);
  CHECK(explain(order, order, {"new", "cancle", "closed"}).nearest == "cancel");
}

TEST_CASE("an action of the specification is not mistyped", "[deviation]") {
  const auto found =
      explain("new pay paid, paid say said", "new pay paid, paid say said", {"new", "say", "said"});
  CHECK(found.allowed == names{"pay"});
  CHECK(found.nearest == std::nullopt);
}

TEST_CASE("a mistyped target is recognised", "[deviation]") {
  const auto found = explain(order, order, {"paid", "ship", "shiped"});
  CHECK(found.text
        == "after `pay` the implementation in `paid` can `ship` to `shiped`, where `close` is "
           "impossible; the specification, in `paid`, always leaves it possible; in `paid` the "
           "specification allows `ship`; perhaps `shiped` should be `shipped`");
  CHECK(found.nearest_state == "shipped");
  CHECK(found.data.at("nearest_state") == term{"shipped"});
}

TEST_CASE("a target that is a known state is not mistyped", "[deviation]") {
  const auto found =
      explain("a x b1, b1 y b2, b2 z a", "a x b1, b1 y b2, b2 z a", {"a", "x", "b2"});
  CHECK(found.nearest_state == std::nullopt);
}

TEST_CASE("where nothing more is allowed, that is told", "[deviation]") {
  const auto found = explain(order, order, {"closed", "reopen", "new"});
  CHECK(found.text
        == "after `cancel` the implementation can `reopen`; the specification cannot; in `closed` "
           "the specification allows no action");
  CHECK(found.allowed == names{});
}

TEST_CASE("what is allowed is found by behaviour if names differ", "[deviation]") {
  const auto found = explain("new pay paid, paid i packed, packed ship sent, paid refund new",
                             "n0 pay n1, n1 i n2, n2 ship n3, n1 refund n0", {"n1", "pay", "n0"});
  CHECK(found.allowed == names{"ship", "refund"});
  CHECK(
      explain("new pay paid, paid ship sent", "n0 pay n1, n1 ship n2", {"n1", "sihp", "n2"}).nearest
      == "ship");
}

TEST_CASE("what is allowed is found for each state of a class", "[deviation]") {
  const auto twins = "n0 pay n1, n0 pay n3, n1 ship n2, n3 ship n2";
  for (const auto* one : {"n1", "n3"})
    CHECK(explain("new pay paid, paid ship sent", twins, {one, "refund", "n0"}).allowed
          == names{"ship"});
}

TEST_CASE("what is allowed is found by traces if the model is not complete", "[deviation]") {
  const auto found = explain(order, "n0 pay n1", {"n1", "refund", "n0"});
  CHECK(found.allowed == names{"ship"});
  CHECK(found.text
        == "the model differs from the specification even without this step; with it, the "
           "specification can begin with `cancel`; the implementation cannot; in `n1` the "
           "specification allows `ship`");
}

TEST_CASE("what is allowed is found by the state's name if nothing leads there", "[deviation]") {
  CHECK(explain(order, order + ", n1 a n2", {"shipped", "pay", "paid"}).allowed == names{"close"});
  CHECK(explain(order, "new pay paid", {"shipped", "pay", "paid"}).allowed == names{"close"});
  const auto unknown = explain(order, "new pay paid", {"elsewhere", "pay", "paid"});
  CHECK(unknown.allowed == std::nullopt);
  CHECK_FALSE(unknown.data.contains("allowed"));
}

TEST_CASE("a second initialisation has its own sentence", "[deviation]") {
  const auto found = explain(order, order, {"", std::string(initialisation_action), "paid"});
  CHECK(found.text
        == "the implementation would have 2 initialisations, into `new` and `paid`, where exactly "
           "one is right");
  CHECK(found.data.at("why") == term{found.text});
}

TEST_CASE("a model without initialisation is told what it lacks", "[deviation]") {
  const implementation_model empty{"Order", false, {}};
  CHECK(explain_deviation(spec(order), empty, {"new", "pay", "paid"}).text
        == "the implementation model has no initialisation, and so does nothing that the "
           "specification says; learn or add one");
  const auto first =
      explain_deviation(spec(order), empty, {"", std::string(initialisation_action), "new"});
  CHECK(first.text == "the specification can begin with `pay`; the implementation cannot");
}

TEST_CASE("an internal step that takes a choice away is explained", "[deviation]") {
  const auto found = explain(order, order, {"paid", std::string(internal_action), "closed"});
  CHECK(found.text
        == "after `pay` the implementation in `paid` can make an internal step to `closed`, where "
           "`ship` is impossible; the specification, in `paid`, always leaves it possible; in "
           "`paid` the specification allows `ship`");
}

TEST_CASE("large systems are explained by names only", "[deviation]") {
  std::string large;
  for (int i = 0; i < 3'000; ++i) {
    large += (i == 0 ? "s" : ", s") + std::to_string(i) + " step s" + std::to_string(i + 1);
  }
  const auto found = explain(large, large, {"s5", "stpe", "s6"});
  CHECK(found.text
        == "the systems are too large to tell why at once; in `s5` the specification allows "
           "`step`; perhaps `stpe` should be `step`");
}

TEST_CASE("what is allowed after many internal steps is found in any order", "[deviation]") {
  constexpr int count = 20'000;
  const auto state = [](int number) { return "t" + std::to_string(number); };
  std::vector<transition> all{{"new", "pay", state(0)}};
  for (auto i = count; i-- > 0;)
    all.push_back({state(i), std::string(internal_action), state(i + 1)});
  all.push_back({state(count), "ship", "new"});
  const auto specified = specification::make("Order", all).value();
  implementation_model learned{"Order", false, {all.begin(), all.end()}};
  learned.transitions.insert({"", std::string(initialisation_action), "new"});
  const auto found = explain_deviation(specified, learned, {state(0), "shpi", "new"});
  CHECK(found.allowed == names{"ship"});
  CHECK(found.nearest == "ship");
}

TEST_CASE("where finding out would take too long, what is allowed is told", "[deviation]") {
  std::string ladder; // internal steps that each lose one choice
  for (int i = 0; i < 1'000; ++i) {
    const auto state = 's' + std::to_string(i);
    ladder += (i == 0 ? "" : ", ") + state + " i s" + std::to_string(i + 1);
    ladder += ", " + state + " a" + std::to_string(i) + " end";
  }
  const auto found = explain(ladder, ladder, {"s995", std::string(internal_action), "end"});
  CHECK(found.text
        == "the specification and the implementation are not equivalent; why is not known, finding "
           "out would take too much work; in `s995` the specification allows `a995`, `a996`, "
           "`a997`, `a998` and `a999`");
  CHECK_FALSE(found.data.contains("formula"));
}

TEST_CASE("every deviation is explained", "[deviation][law]") {
  int explained = 0;
  CHECK(rc::check([&] {
    const auto from = *test::any_specification();
    implementation_model learned{from.name(), false, {}};
    learned.transitions.insert({"", std::string(initialisation_action), from.initial_state()});
    for (const auto& one : from.transitions()) {
      if (*rc::gen::weightedElement<bool>({{9, true}, {1, false}}))
        learned.transitions.insert(one);
    }
    auto step = *test::any_transition();
    if (*rc::gen::arbitrary<bool>())
      step.from = *rc::gen::elementOf(from.states());
    auto extended = learned;
    if (!extended.transitions.insert(step).second || equivalent(extended, from))
      return;
    ++explained;
    const auto found = explain_deviation(from, learned, step);
    RC_ASSERT(!found.text.empty());
    RC_ASSERT(found.data.contains("why"));
    RC_ASSERT(found.data.contains("formula"));
    RC_ASSERT(found.data.contains("allowed") == found.allowed.has_value());
    for (const auto& action : found.allowed.value_or(names{}))
      RC_ASSERT(std::ranges::find(from.actions(), action) != from.actions().end());
    if (found.nearest)
      RC_ASSERT(std::ranges::find(*found.allowed, *found.nearest) != found.allowed->end());
  }));
  CHECK(explained > 20);
}
