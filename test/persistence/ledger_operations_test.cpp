#include "persistence/ledger.hpp"

#include "test/support/books.hpp"
#include "test/support/term_generator.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace lockstep;
using namespace lockstep::test;

namespace {

struct order_books : books {
  order_books() : books(GENERATE(engine::memory, engine::sqlite)) {}

  /// What may lie between a request and its repetition.
  void pass(int stage) {
    if (stage >= 1)
      commit();
    if (stage >= 2)
      open();
  }

  std::size_t steps_of(const term& identifier) {
    commit();
    return get(identifier).steps.size();
  }
};

/// In the same batch; after the commit; after reopening.
auto any_stage() { return GENERATE(0, 1, 2); }

} // namespace

TEST_CASE("a repeated step is answered again and not recorded again", "[ledger]") {
  order_books b;
  b.open();
  const auto stage = any_stage();
  CAPTURE(stage);
  accepted(b.init("order-1"));
  CHECK(accepted(b.step("order-1", "pay", "paid", "op-1")) == receipt{2, verdict::conforms, false});
  accepted(b.step("order-1", "ship", "shipped", "op-2"));
  b.pass(stage);
  const auto staged = b.ledger->staged();
  auto again = b.step("order-1", "pay", "paid", "op-1");
  CHECK(accepted(again) == receipt{2, verdict::conforms, true});
  CHECK(again.reports.empty());
  CHECK(accepted(b.step("order-1", "ship", "shipped", "op-2")).step_number == 3);
  CHECK(b.ledger->staged() == staged);
  CHECK(b.steps_of("order-1") == 3);
}

TEST_CASE("a repeated initialisation is no conflict with itself", "[ledger]") {
  order_books b;
  b.open();
  const auto stage = any_stage();
  CAPTURE(stage);
  accepted(b.init("order-1", "op-1"));
  b.pass(stage);
  CHECK(accepted(b.init("order-1", "op-1")) == receipt{1, verdict::conforms, true});
  CHECK(error_code_of(b.init("order-1", "op-2").answer) == ec::instance_identifier_already_in_use);
  CHECK(error_code_of(b.init("order-1").answer) == ec::instance_identifier_already_in_use);
  CHECK(b.steps_of("order-1") == 1);
}

TEST_CASE("a repeated deviation is an error again and reported once", "[ledger]") {
  order_books b;
  b.open();
  const auto stage = any_stage();
  CAPTURE(stage);
  accepted(b.init("order-1"));
  CHECK(error_code_of(b.step("order-1", "lose", "lost", "op-1").answer)
        == ec::deviation_not_equivalent);
  b.pass(stage);
  auto again = b.step("order-1", "lose", "lost", "op-1");
  auto error = error_of(again.answer);
  CHECK(error.code == ec::deviation_not_equivalent);
  CHECK(error.context.at("step") == term{2});
  CHECK(error.context.at("duplicate") == term{atom{"true"}});
  CHECK(again.reports.empty());
  CHECK(b.steps_of("order-1") == 2);
}

TEST_CASE("a repeated deviation that is swallowed is a receipt again", "[ledger]") {
  order_books b;
  b.open();
  const auto stage = any_stage();
  CAPTURE(stage);
  accepted(b.init("order-1"));
  const std::string internal{internal_action};
  accepted(b.step("order-1", internal, "new", "op-1"));
  b.pass(stage);
  auto again = b.step("order-1", internal, "new", "op-1");
  CHECK(accepted(again) == receipt{2, verdict::deviation_still_equivalent, true});
  CHECK(again.reports.empty());
}

TEST_CASE("a repeated step that also initialised is answered with the worse verdict again",
          "[ledger]") {
  order_books b;
  b.files = {{"Order", false, {{"new", "pay", "paid"}, {"paid", "ship", "shipped"}}}};
  b.open();
  const auto stage = any_stage();
  CAPTURE(stage);
  const receipt first = accepted(b.first_step("order-1", "pay", "paid", "op-1"));
  CHECK(first == receipt{2, verdict::deviation_still_equivalent, false});
  b.pass(stage);
  CHECK(accepted(b.first_step("order-1", "pay", "paid", "op-1"))
        == receipt{2, verdict::deviation_still_equivalent, true});
  CHECK(b.steps_of("order-1") == 2);
}

TEST_CASE("a repetition is recognised after its instance was removed", "[ledger]") {
  order_books b;
  b.open();
  const auto stage = any_stage();
  CAPTURE(stage);
  accepted(b.init("order-1", "op-1"));
  accepted(b.first_step("order-1", "pay", "paid", "op-2"));
  must(b.ledger->remove("order-1"));
  b.pass(stage);
  CHECK(accepted(b.init("order-1", "op-1")) == receipt{1, verdict::conforms, true});
  CHECK(accepted(b.first_step("order-1", "pay", "paid", "op-2"))
        == receipt{2, verdict::conforms, true});
  b.commit();
  CHECK(error_code_of(b.ledger->get("order-1")) == ec::instance_identifier_not_found);
}

TEST_CASE("a repetition gets its first answer, though its instance and its policy have gone",
          "[ledger]") {
  order_books b;
  const auto is_swallowed = GENERATE(false, true);
  b.swallow_only(is_swallowed ? std::set{ec::deviation_not_equivalent} : std::set<ec>{});
  b.open();
  const auto stage = any_stage();
  CAPTURE(stage, is_swallowed);
  accepted(b.init("order-1"));
  const std::string internal{internal_action};
  const auto lost = b.step("order-1", "lose", "lost", "op-1");
  const auto idle = b.step("order-1", internal, "lost", "op-2");
  must(b.ledger->remove("order-1"));
  b.pass(stage);
  const auto again = b.step("order-1", "lose", "lost", "op-1");
  const auto idle_again = b.step("order-1", internal, "lost", "op-2");
  CHECK(lost.answer.has_value() == is_swallowed);
  CHECK(again.answer.has_value() == is_swallowed);
  CHECK_FALSE(idle.answer);
  CHECK_FALSE(idle_again.answer);
}

TEST_CASE("requests without an operation id are never repetitions", "[ledger]") {
  order_books b;
  b.files = {order_model(true)};
  b.open();
  accepted(b.init("order-1"));
  for (std::uint64_t number = 2; number < 5; ++number)
    CHECK(accepted(b.step("order-1", "turn", "new")).step_number == number);
}

TEST_CASE("a refused request may be sent again under its operation id", "[ledger]") {
  order_books b;
  b.open();
  CHECK_FALSE(b.step("order-1", "pay", "paid", "op-1").answer);
  accepted(b.init("order-1"));
  b.commit();
  CHECK(accepted(b.step("order-1", "pay", "paid", "op-1")) == receipt{2, verdict::conforms, false});
}

TEST_CASE("a request whose commit failed is new when it is repeated", "[ledger]") {
  order_books b;
  b.open();
  b.faults->fail_next_commit();
  accepted(b.init("order-1", "op-1"));
  CHECK(error_code_of(b.ledger->commit()) == ec::store_failure);
  CHECK(accepted(b.init("order-1", "op-1")) == receipt{1, verdict::conforms, false});
  CHECK(b.steps_of("order-1") == 1);
}

TEST_CASE("a repeated mock changes nothing", "[ledger]") {
  order_books b;
  b.open();
  const auto stage = any_stage();
  initialisation request;
  request.specification = "Order";
  request.identifier = "order-1";
  request.initial_state = "new";
  request.operation_id = "op-1";
  must(b.ledger->mock(request, b.now));
  accepted(b.step("order-1", "pay", "paid"));
  b.pass(stage);
  must(b.ledger->mock(request, b.now));
  CHECK(b.steps_of("order-1") == 1);
  request.identifier = "order-2";
  CHECK(error_code_of(b.ledger->mock(request, b.now)) == ec::invalid_argument);
}

TEST_CASE("a call about no single instance is remembered with its answer", "[ledger]") {
  order_books b;
  b.open();
  const auto stage = any_stage();
  CHECK_FALSE(must(b.ledger->answered_before("op-1")));
  b.ledger->remember_call("op-1", 17, b.now);
  b.ledger->remember_call("", 18, b.now);
  b.pass(stage);
  CHECK(must(b.ledger->answered_before("op-1")) == 17);
  CHECK_FALSE(must(b.ledger->answered_before("")));
  accepted(b.init("order-1", "op-2"));
  CHECK(error_code_of(b.ledger->answered_before("op-2")) == ec::invalid_argument);
}

TEST_CASE("an operation is forgotten when it was kept as long as configured", "[ledger]") {
  order_books b;
  b.options.operation_retention = std::chrono::seconds{10};
  b.open();
  accepted(b.init("order-1", "op-1"));
  b.now = at_second(5);
  // What counts is when it was recorded, not when it happened.
  step_report report{.identifier = "order-1", .action = "pay", .to = "paid"};
  report.at = at_second(-1'000);
  report.operation_id = "op-2";
  accepted(b.ledger->step(report, b.now));
  b.commit();
  CHECK_FALSE(must(b.ledger->collect(at_second(10))));
  CHECK(b.init("order-1", "op-1").answer->duplicate);
  CHECK_FALSE(must(b.ledger->collect(at_second(11))));
  CHECK(error_code_of(b.init("order-1", "op-1").answer) == ec::instance_identifier_already_in_use);
  CHECK(b.ledger->step(report, b.now).answer->duplicate);
}

TEST_CASE("a clock that jumps far ahead has operations forgotten, and instances late, no more",
          "[ledger]") {
  order_books b;
  b.limit_time(std::chrono::hours{1});
  b.open();
  accepted(b.init("order-1", "op-1"));
  accepted(b.step("order-1", "pay", "paid", "op-2"));
  b.commit();
  const auto before = b.get("order-1");

  const auto ahead = GENERATE(at_second(0) + std::chrono::days{10'000}, timestamp::max());
  b.now = ahead;
  CHECK(codes_of(must(b.ledger->expire(b.now))) == std::vector{ec::transition_timeout});
  b.commit();
  CHECK_FALSE(must(b.ledger->collect(b.now)));
  CHECK(must(b.ledger->store().operations("", 10)).empty());
  CHECK(b.get("order-1") == before);
  // As a new request: it is no repetition any more.
  CHECK(error_code_of(b.init("order-1", "op-1").answer) == ec::instance_identifier_already_in_use);
  accepted(b.step("order-1", "ship", "shipped", "op-3"));
  b.commit();

  // Back again, what was recorded meanwhile is remembered like all the rest, and nobody is late.
  b.now = at_second(1);
  b.open();
  accepted(b.init("order-2", "op-4"));
  b.commit();
  CHECK_FALSE(must(b.ledger->collect(b.now)));
  CHECK(b.step("order-1", "ship", "shipped", "op-3").answer == receipt{3, verdict::conforms, true});
  CHECK(b.init("order-2", "op-4").answer == receipt{1, verdict::conforms, true});
  CHECK(must(b.ledger->expire(b.now)).empty());
  CHECK(b.steps_of("order-1") == 3);
}

TEST_CASE("many operations are forgotten little by little", "[ledger]") {
  order_books b;
  b.options.operation_retention = std::chrono::seconds{10};
  b.open();
  for (int i = 0; i < 1'200; ++i)
    b.ledger->remember_call("op-" + std::to_string(i), 0, b.now);
  b.commit();
  auto slices = 1;
  while (must(b.ledger->collect(at_second(11))))
    ++slices;
  CHECK(slices == 3);
  CHECK(must(b.ledger->store().operations("", 10)).empty());
}

TEST_CASE("a call about one instance is remembered with whether it had an effect", "[ledger]") {
  order_books b;
  b.open();
  const auto stage = any_stage();
  CAPTURE(stage);
  const term one{"order-1"};
  accepted(b.init("order-1"));
  CHECK(must(b.ledger->remove(one)));
  CHECK_FALSE(must(b.ledger->remove(one)));
  b.ledger->remember_call("gone", 0, b.now, one);
  b.ledger->remember_call("nothing", recorded_operation::had_no_effect, b.now, one);
  b.pass(stage);
  CHECK(must(b.ledger->answered_before("gone", one)) == std::uint64_t{0});
  CHECK(must(b.ledger->answered_before("nothing", one)) == recorded_operation::had_no_effect);
  CHECK(error_code_of(b.ledger->answered_before("nothing")) == ec::invalid_argument);
  CHECK(error_code_of(b.ledger->answered_before("nothing", term{"order-2"}))
        == ec::invalid_argument);
  // What made no step is none.
  CHECK(error_code_of(b.init("order-1", "nothing").answer) == ec::invalid_argument);
  CHECK(error_code_of(b.first_step("order-1", "pay", "paid", "nothing").answer)
        == ec::invalid_argument);
}

TEST_CASE("an operation id stands for one kind of request", "[ledger]") {
  order_books b;
  b.open();
  const auto stage = any_stage();
  initialisation placed;
  placed.specification = "Order";
  placed.identifier = "order-1";
  placed.initial_state = "new";
  placed.operation_id = "mocked";
  must(b.ledger->mock(placed, b.now));
  accepted(b.step("order-1", "pay", "paid", "paid"));
  accepted(b.step("order-1", "ship", "shipped", "shipped"));
  b.ledger->remember_call("deleted", 0, b.now);
  b.pass(stage);
  CHECK(error_code_of(b.step("order-1", "pay", "paid", "mocked").answer) == ec::invalid_argument);
  CHECK(error_code_of(b.step("order-1", "pay", "paid", "deleted").answer) == ec::invalid_argument);
  CHECK(error_code_of(b.init("order-1", "deleted").answer) == ec::invalid_argument);
  CHECK(error_code_of(b.init("order-1", "shipped").answer) == ec::invalid_argument);
  b.ledger->remember_call("released", 0, b.now, term{"order-1"});
  CHECK(must(b.ledger->answered_before("released", term{"order-1"})) == 0);
  CHECK(error_code_of(b.ledger->answered_before("released", term{"x"})) == ec::invalid_argument);
  CHECK(error_code_of(b.ledger->answered_before("deleted", term{"x"})) == ec::invalid_argument);
  placed.operation_id = "paid";
  CHECK(error_code_of(b.ledger->mock(placed, b.now)) == ec::invalid_argument);
  CHECK(error_code_of(b.ledger->answered_before("paid")) == ec::invalid_argument);
}

TEST_CASE("an operation id of a call about an instance stands for one kind of call", "[ledger]") {
  order_books b;
  b.open();
  const auto stage = any_stage();
  CAPTURE(stage);
  const term one{"order-1"};
  using recorded = recorded_operation;
  initialisation placed;
  placed.specification = "Order";
  placed.identifier = one;
  placed.initial_state = "new";
  placed.operation_id = "mocked";
  must(b.ledger->mock(placed, b.now));
  b.ledger->remember_call("released", recorded::release | recorded::had_no_effect, b.now, one);
  b.ledger->remember_call("deleted", recorded::deletion, b.now, one);
  b.ledger->remember_call("of an older version", 0, b.now, one);
  b.pass(stage);
  const auto again = [&](const char* operation, std::uint64_t kind) {
    return b.ledger->answered_before(operation, one, kind);
  };
  CHECK(must(again("released", recorded::release)) == recorded::had_no_effect);
  CHECK(error_code_of(again("released", recorded::deletion)) == ec::invalid_argument);
  CHECK(must(again("deleted", recorded::deletion)) == 0);
  CHECK(error_code_of(again("deleted", recorded::release)) == ec::invalid_argument);
  CHECK(error_code_of(again("mocked", recorded::deletion)) == ec::invalid_argument);
  CHECK(must(again("of an older version", recorded::release)) == 0);
  CHECK(must(again("of an older version", recorded::deletion)) == 0);
  must(b.ledger->mock(placed, b.now));
  placed.operation_id = "of an older version";
  must(b.ledger->mock(placed, b.now));
  placed.operation_id = "deleted";
  CHECK(error_code_of(b.ledger->mock(placed, b.now)) == ec::invalid_argument);
  CHECK(error_code_of(b.step("order-1", "pay", "paid", "released").answer) == ec::invalid_argument);
}
