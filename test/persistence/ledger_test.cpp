#include "persistence/ledger.hpp"

#include "test/support/books.hpp"
#include "test/support/term_generator.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace lockstep;
using namespace lockstep::test;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string init{initialisation_action};

struct order_books : books {
  order_books() : books(GENERATE(engine::memory, engine::sqlite)) {}
};

} // namespace

TEST_CASE("an instance is initialised in its specification's initial state", "[ledger]") {
  order_books b;
  b.open();
  auto made = b.init("order-1");
  CHECK(accepted(made) == receipt{1, verdict::conforms, false});
  CHECK(made.reports.empty());
  b.commit();
  for (int opened = 0; opened < 2; ++opened) {
    CHECK(b.get("order-1")
          == instance{"Order",
                      "order-1",
                      atom{"nil"},
                      "new",
                      {{init, "new", at_second(0), verdict::conforms}}});
    b.open();
  }
}

TEST_CASE("an instance keeps the state, the meta data and the time it is initialised with",
          "[ledger]") {
  order_books b;
  b.open();
  initialisation request;
  request.specification = "Order";
  request.identifier = term::tuple({atom{"order"}, 1});
  request.meta = term::map({{atom{"customer"}, 17}});
  request.initial_state = "paid";
  request.at = at_second(-100);
  CHECK(b.ledger->initialise(request, b.now).answer.error().code == ec::deviation_not_equivalent);
  b.commit();
  b.open();
  CHECK(b.get(request.identifier)
        == instance{"Order",
                    request.identifier,
                    request.meta,
                    "paid",
                    {{init, "paid", at_second(-100), verdict::deviation_not_equivalent}}});
}

TEST_CASE("an identifier is in use once", "[ledger]") {
  order_books b;
  b.catalog["Invoice"] = std::make_shared<const specification>(
      must(specification::make("Invoice", {{"open", "pay", "closed"}})));
  b.open();
  CHECK(accepted(b.init("order-1")).step_number == 1);
  const auto check_refused = [&](const std::string& specification) {
    const auto staged = b.ledger->staged();
    initialisation again;
    again.specification = specification;
    again.identifier = "order-1";
    auto refused = b.ledger->initialise(again, b.now);
    CHECK(error_code_of(refused.answer) == ec::instance_identifier_already_in_use);
    CHECK(refused.answer.error().context.at("specification") == term{"Order"});
    CHECK(codes_of(refused.reports) == std::vector{ec::instance_identifier_already_in_use});
    CHECK(b.ledger->staged() == staged);
  };
  check_refused("Order");
  check_refused("Invoice");
  b.commit();
  check_refused("Order");
  b.open();
  check_refused("Order");
  CHECK(b.get("order-1").steps.size() == 1);
}

TEST_CASE("an unknown specification leaves the identifier free", "[ledger]") {
  order_books b;
  b.open();
  initialisation request;
  request.specification = "Oder";
  request.identifier = "order-1";
  CHECK(error_code_of(b.ledger->initialise(request, b.now).answer) == ec::unknown_specification);
  CHECK(error_code_of(b.ledger->mock(request, b.now)) == ec::unknown_specification);
  step_report report;
  report.identifier = "order-1";
  report.action = "pay";
  report.to = "paid";
  report.initialise_as = "Oder";
  CHECK(error_code_of(b.ledger->step(report, b.now).answer) == ec::unknown_specification);
  CHECK(b.ledger->staged() == 0);
  CHECK(accepted(b.init("order-1")).step_number == 1);
}

TEST_CASE("a step leads to its state", "[ledger]") {
  order_books b;
  b.open();
  accepted(b.init("order-1"));
  b.now += 5s;
  CHECK(accepted(b.step("order-1", "pay", "paid")) == receipt{2, verdict::conforms, false});
  b.commit();
  b.open();
  b.now += 5s;
  CHECK(accepted(b.step("order-1", "ship", "shipped")) == receipt{3, verdict::conforms, false});
  b.commit();
  auto found = b.get("order-1");
  CHECK(found.current_state == "shipped");
  CHECK(found.steps
        == std::vector<step>{{init, "new", at_second(0), verdict::conforms},
                             {"pay", "paid", at_second(5), verdict::conforms},
                             {"ship", "shipped", at_second(10), verdict::conforms}});
}

TEST_CASE("a step has the time that its report gives, also an earlier one", "[ledger]") {
  order_books b;
  b.open();
  accepted(b.init("order-1"));
  step_report report;
  report.identifier = "order-1";
  report.action = "pay";
  report.to = "paid";
  report.at = at_second(-60);
  accepted(b.ledger->step(report, b.now));
  b.commit();
  CHECK(b.get("order-1").steps.at(1).at == at_second(-60));
}

TEST_CASE("a step of an unknown instance is refused and stores nothing", "[ledger]") {
  order_books b;
  b.open();
  auto refused = b.step("order-1", "pay", "paid", "op-1");
  CHECK(error_code_of(refused.answer) == ec::instance_identifier_not_found);
  CHECK(codes_of(refused.reports) == std::vector{ec::instance_identifier_not_found});
  CHECK(b.ledger->staged() == 0);
  CHECK(error_code_of(b.ledger->get("order-1")) == ec::instance_identifier_not_found);
  accepted(b.init("order-1"));
  CHECK(accepted(b.step("order-1", "pay", "paid", "op-1")) == receipt{2, verdict::conforms, false});
}

TEST_CASE("a step may initialise an instance that is unknown", "[ledger]") {
  order_books b;
  b.open();
  CHECK(accepted(b.first_step("order-1", "pay", "paid")) == receipt{2, verdict::conforms, false});
  CHECK(accepted(b.first_step("order-1", "ship", "shipped")).step_number == 3);
  b.commit();
  auto found = b.get("order-1");
  REQUIRE(found.steps.size() == 3);
  CHECK(found.steps[0] == step{init, "new", b.now, verdict::conforms});
}

TEST_CASE("of a step that initialises, the worse verdict counts", "[ledger]") {
  order_books b;
  b.files = {{"Order", false, {{"new", "pay", "paid"}, {"paid", "ship", "shipped"}}}};
  b.open();
  // The model lacks the initialisation only: to see it is a deviation, and equivalent.
  auto first = b.first_step("order-1", "pay", "paid");
  CHECK(accepted(first) == receipt{2, verdict::deviation_still_equivalent, false});
  CHECK(codes_of(first.reports) == std::vector{ec::deviation_still_equivalent});
  auto second = b.first_step("order-2", "lose", "lost");
  CHECK(error_code_of(second.answer) == ec::deviation_not_equivalent);
  CHECK(codes_of(second.reports)
        == std::vector{ec::deviation_still_equivalent, ec::deviation_not_equivalent});
}

TEST_CASE("names that a file could not hold are refused", "[ledger]") {
  order_books b;
  b.open();
  accepted(b.init("order-1"));
  const auto staged = b.ledger->staged();
  for (const auto& name : {std::string{}, std::string(256, 'x'), std::string{"a\nb"},
                           std::string{"\0", 1}, std::string{"\xFF"}}) {
    CAPTURE(name);
    CHECK(error_code_of(b.step("order-1", name, "paid").answer) == ec::invalid_argument);
    CHECK(error_code_of(b.step("order-1", "pay", name).answer) == ec::invalid_argument);
    CHECK(error_code_of(b.first_step("order-2", name, "paid").answer) == ec::invalid_argument);
    CHECK(error_code_of(b.mock("order-1", name)) == ec::invalid_argument);
    initialisation request;
    request.specification = "Order";
    request.identifier = "order-2";
    request.initial_state = name;
    if (!name.empty())
      CHECK(error_code_of(b.ledger->initialise(request, b.now).answer) == ec::invalid_argument);
  }
  CHECK(b.ledger->staged() == staged);
  b.commit();
  CHECK(b.get("order-1").current_state == "new");
}

TEST_CASE("a specification without states has no instances", "[ledger]") {
  order_books b;
  b.catalog["Empty"] =
      std::make_shared<const specification>(must(specification::make("Empty", {})));
  b.open();
  initialisation request;
  request.specification = "Empty";
  request.identifier = "order-1";
  CHECK_FALSE(b.ledger->initialise(request, b.now).answer);
  CHECK(b.ledger->staged() == 0);
}

TEST_CASE("a mocked instance stands at its state without a history", "[ledger]") {
  order_books b;
  b.limit_time(10s);
  b.open();
  must(b.mock("order-1", "paid"));
  b.commit();
  b.open();
  auto found = b.get("order-1");
  CHECK(found.current_state == "paid");
  CHECK(found.steps.empty());
  CHECK_FALSE(b.ledger->next_deadline());

  SECTION("its first step is number 1 and starts from that state") {
    CHECK(accepted(b.step("order-1", "ship", "shipped")) == receipt{1, verdict::conforms, false});
  }
  SECTION("its first step gives it a deadline") {
    CHECK_FALSE(b.step("order-1", "turn", "paid").answer);
    CHECK(b.ledger->next_deadline() == b.now + 10s);
  }
  SECTION("it cannot be initialised") {
    CHECK(error_code_of(b.init("order-1").answer) == ec::instance_identifier_already_in_use);
  }
}

TEST_CASE("a mocked instance takes the place of what was there", "[ledger]") {
  order_books b;
  b.limit_time(10s);
  b.open();
  accepted(b.init("order-1"));
  if (GENERATE(true, false))
    b.commit();
  must(b.mock("order-1", "paid"));
  CHECK_FALSE(b.ledger->next_deadline());
  must(b.mock("order-1", "new"));
  b.commit();
  auto found = b.get("order-1");
  CHECK(found.current_state == "new");
  CHECK(found.steps.empty());
  CHECK(must(page_of(b.ledger->store(), 0, 10)).instances.size() == 1);
  CHECK(must(deadlines_of(b.ledger->store())).empty());
}

TEST_CASE("a removed instance is gone, and removing it again is fine", "[ledger]") {
  order_books b;
  b.limit_time(10s);
  b.open();
  must(b.ledger->remove("order-1"));
  CHECK(b.ledger->staged() == 0);
  accepted(b.init("order-1"));
  b.commit();
  must(b.ledger->remove("order-1"));
  CHECK_FALSE(b.ledger->next_deadline());
  CHECK(error_code_of(b.step("order-1", "pay", "paid").answer)
        == ec::instance_identifier_not_found);
  must(b.ledger->remove("order-1"));
  b.commit();
  CHECK(error_code_of(b.ledger->get("order-1")) == ec::instance_identifier_not_found);
  b.open();
  CHECK(error_code_of(b.ledger->get("order-1")) == ec::instance_identifier_not_found);
}

TEST_CASE("what is staged counts before it is committed", "[ledger]") {
  order_books b;
  b.open();
  accepted(b.init("order-1"));
  accepted(b.step("order-1", "pay", "paid"));
  must(b.ledger->remove("order-1"));
  CHECK(accepted(b.init("order-1")).step_number == 1);
  CHECK(accepted(b.step("order-1", "pay", "paid")).step_number == 2);
  b.commit();
  b.open();
  CHECK(b.get("order-1").steps.size() == 2);
  CHECK(must(page_of(b.ledger->store(), 0, 10)).instances.size() == 1);
}

TEST_CASE("an instance of a specification that is no longer there is refused, not forgotten",
          "[ledger]") {
  order_books b;
  b.limit_time(10s);
  b.open();
  accepted(b.init("order-1"));
  b.commit();
  b.catalog.clear();
  b.open();
  auto refused = b.step("order-1", "pay", "paid");
  CHECK(error_code_of(refused.answer) == ec::unknown_specification);
  CHECK(b.get("order-1").current_state == "new");
  CHECK(must(b.ledger->expire(at_second(60))).empty());
  b.commit();
  must(b.ledger->remove("order-1"));
  b.commit();
}
