#include "persistence/ledger.hpp"

#include "test/support/books.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <rapidcheck.h>

using namespace lockstep;
using namespace lockstep::test;

namespace {

/// Books that ask before every check.
struct asking_books : books {
  explicit asking_books(engine which) : books(which) { options.max_inline_transitions = 0; }
  asking_books() : asking_books(GENERATE(engine::memory, engine::sqlite)) {}

  static step_report report(const term& identifier, const std::string& action,
                            const std::string& to, const std::string& operation_id = "") {
    step_report made;
    made.identifier = identifier;
    made.action = action;
    made.to = to;
    made.operation_id = operation_id;
    return made;
  }

  static step_report first_report(const term& identifier, const std::string& action,
                                  const std::string& to) {
    auto made = report(identifier, action, to);
    made.initialise_as = "Order";
    return made;
  }

  std::vector<question> before(const std::vector<step_report>& steps) {
    std::vector<const step_report*> each;
    for (const auto& one : steps)
      each.push_back(&one);
    return ledger->questions_before(each);
  }

  std::vector<question> before(const term& identifier, const std::string& initial = "",
                               const std::string& operation_id = "") {
    initialisation request;
    request.specification = "Order";
    request.identifier = identifier;
    request.initial_state = initial;
    request.operation_id = operation_id;
    return ledger->questions_before(request);
  }

  void answer_all(const std::vector<question>& open) {
    for (const auto& one : open)
      ledger->remember(answer_to(one));
  }
};

std::vector<transition> steps_of(const std::vector<question>& open) {
  std::vector<transition> steps;
  for (const auto& one : open)
    steps.push_back(one.step);
  return steps;
}

const std::string init{initialisation_action};

} // namespace

TEST_CASE("an unknown step raises a question, and nothing else changes", "[ledger]") {
  asking_books b;
  b.open();
  accepted(b.init("order-1"));
  b.commit();
  const auto open = b.before({b.report("order-1", "tamper", "new")});
  CHECK(steps_of(open) == std::vector<transition>{{"new", "tamper", "new"}});
  CHECK(b.ledger->staged() == 0);
  CHECK(b.get("order-1").steps.size() == 1);
  CHECK(b.before({b.report("order-1", "pay", "paid")}).empty());
  CHECK(steps_of(b.before("order-2", "paid")) == std::vector<transition>{{"", init, "paid"}});
  CHECK(b.before("order-2").empty());
}

TEST_CASE("an answered question is not raised again", "[ledger]") {
  asking_books b;
  b.open();
  accepted(b.init("order-1"));
  const auto open = b.before({b.report("order-1", "tamper", "new")});
  REQUIRE(open.size() == 1);
  CHECK(b.ledger->still_open(open[0]) == open[0]);
  b.answer_all(open);
  CHECK_FALSE(b.ledger->still_open(open[0]));
  CHECK(b.before({b.report("order-1", "tamper", "new")}).empty());
  CHECK(error_code_of(b.step("order-1", "tamper", "new").answer) == ec::deviation_not_equivalent);
}

TEST_CASE("a question is out of date when the model or the specification changes", "[ledger]") {
  asking_books b;
  b.open();
  accepted(b.init("order-1"));
  const auto about_first = b.before({b.report("order-1", "tamper", "new")});
  must(b.ledger->adopt({order_model()}));
  CHECK_FALSE(b.ledger->still_open(about_first[0]));
  b.answer_all(about_first);
  const auto about_second = b.before({b.report("order-1", "tamper", "new")});
  REQUIRE(about_second.size() == 1);
  must(b.ledger->declare(order_specification()));
  CHECK_FALSE(b.ledger->still_open(about_second[0]));
  b.answer_all(about_second);
  CHECK(b.before({b.report("order-1", "tamper", "new")}).size() == 1);
}

TEST_CASE("the questions of a list follow its steps", "[ledger]") {
  asking_books b;
  b.open();
  const auto open = b.before({
      b.first_report("order-1", "pay", "cashed"), b.report("order-1", "ship", "shipped"),
      b.first_report("order-2", "pay", "cashed"), // as order-1
      b.first_report("order-2", "pay", "paid"),   // no longer the first
  });
  CHECK(steps_of(open)
        == std::vector<transition>{
            {"new", "pay", "cashed"}, {"cashed", "ship", "shipped"}, {"cashed", "pay", "paid"}});
}

TEST_CASE("a model without initialisation has a question about that, too", "[ledger]") {
  asking_books b;
  b.files.front().transitions.erase({"", init, "new"});
  b.open();
  CHECK(steps_of(b.before({b.first_report("order-1", "tamper", "new")}))
        == std::vector<transition>{{"", init, "new"}, {"new", "tamper", "new"}});
  b.options.max_inline_transitions = 7; // one check of four transitions
  b.open();
  CHECK(b.before("order-1").empty());
  CHECK(b.before({b.first_report("order-1", "tamper", "new")}).size() == 2);
}

TEST_CASE("a request that is refused has no question", "[ledger]") {
  asking_books b;
  b.open();
  accepted(b.init("order-1"));
  CHECK(b.before("order-1", "paid").empty());
  CHECK(b.before("order-2", "\n").empty());
  CHECK(b.before({b.report("order-1", "", "new"), b.report("order-1", "pay", "\n"),
                  b.report("nobody", "tamper", "new")})
            .empty());
  auto of_nothing = b.first_report("order-2", "tamper", "new");
  of_nothing.initialise_as = "Nothing";
  CHECK(b.before({of_nothing}).empty());
  b.files.clear();
  b.swallow_only({});
  b.open();
  CHECK(b.before({b.first_report("order-1", "tamper", "new")}).empty());
}

TEST_CASE("a repeated request has no question", "[ledger]") {
  asking_books b;
  b.open();
  (void)b.init("order-1", "op-1");
  (void)b.step("order-1", "pay", "paid", "op-2");
  if (GENERATE(false, true))
    b.commit();
  CHECK(b.before("order-1", "paid", "op-1").empty());
  CHECK(b.before({b.report("order-1", "tamper", "new", "op-2")}).empty());
  CHECK(b.before({b.report("order-1", "tamper", "new", "op-3"),
                  b.report("order-1", "tamper", "new", "op-3")})
            .size()
        == 1);
}

TEST_CASE("a request that was repeated while it waited is recorded once", "[ledger]") {
  asking_books b;
  b.open();
  accepted(b.init("order-1"));
  b.commit();
  REQUIRE(b.before({b.report("order-1", "tamper", "new", "op-1")}).size() == 1);
  (void)b.step("order-1", "tamper", "new", "op-1");
  if (GENERATE(false, true))
    b.commit();
  CHECK(b.before({b.report("order-1", "peek", "new", "op-1")}).empty());
  const auto again = b.step("order-1", "tamper", "new", "op-1");
  CHECK(error_of(again.answer).context.contains("duplicate"));
  b.commit();
  CHECK(b.get("order-1").steps.size() == 2);
}

TEST_CASE("while learning there are no questions", "[ledger]") {
  asking_books b;
  b.files.front().learning = true;
  b.open();
  CHECK(b.before({b.first_report("order-1", "tamper", "new")}).empty());
  CHECK(b.before("order-1", "paid").empty());
}

TEST_CASE("small checks are left to the ledger unless a request needs too many", "[ledger]") {
  asking_books b;
  b.options.max_inline_transitions = 10; // two checks of five transitions
  b.open();
  accepted(b.init("order-1"));
  const std::vector steps{b.report("order-1", "a", "x"), b.report("order-1", "b", "x"),
                          b.report("order-1", "c", "x")};
  CHECK(b.before({steps[0], steps[1]}).empty());
  CHECK(b.before(steps).size() == 3);
  b.answer_all({b.before(steps)[0]});
  CHECK(b.before(steps).empty());
}

TEST_CASE("a list whose questions are answered is applied without a check", "[ledger]") {
  const auto law = [](const std::vector<std::array<int, 5>>& draws) {
    asking_books asks{engine::memory};
    asks.open();
    books does_not{engine::memory};
    does_not.open();
    std::vector<step_report> steps;
    for (const auto& [who, action, to, operation, first] : draws) {
      steps.push_back(asking_books::report(who % 3,
                                           std::array{"pay", "ship", "tamper", ""}[action % 4U],
                                           std::array{"new", "paid", "shipped", "x"}[to % 4U]));
      if (operation % 4 == 0)
        steps.back().operation_id = std::to_string(who % 3 + operation % 3);
      if (first % 2 == 0)
        steps.back().initialise_as = first % 4 == 0 ? "Order" : "Nothing";
    }
    asks.answer_all(asks.before(steps));
    RC_ASSERT(asks.before(steps).empty());
    for (const auto& one : steps) {
      RC_ASSERT(asks.before({one}).empty());
      const auto made = asks.ledger->step(one, asks.now);
      const auto expected = does_not.ledger->step(one, does_not.now);
      RC_ASSERT((made.answer == expected.answer));
    }
  };
  const auto draw = rc::gen::container<std::array<int, 5>>(rc::gen::inRange(0, 24));
  CHECK(rc::check([&] { law(*rc::gen::container<std::vector<std::array<int, 5>>>(draw)); }));
}
