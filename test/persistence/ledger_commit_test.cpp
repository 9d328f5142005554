#include "persistence/ledger.hpp"

#include "test/support/books.hpp"
#include "test/support/hazardous_store.hpp"
#include "test/support/term_generator.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace lockstep;
using namespace lockstep::test;
using namespace std::chrono_literals;

namespace {

struct order_books : books {
  order_books() : books(GENERATE(engine::memory, engine::sqlite)) {}

  void fail_commit() {
    faults->fail_next_commit();
    CHECK(error_code_of(ledger->commit()) == ec::store_failure);
    CHECK(ledger->staged() == 0);
  }
};

/// Books whose store throws.
struct dangerous_books : order_books {
  std::shared_ptr<hazards> dangers = std::make_shared<hazards>();

  void open() {
    ledger.emplace(must(lockstep::ledger::open(
        std::make_unique<hazardous_store>(home.open(), dangers),
        std::make_shared<const specification_catalog>(catalog), files, options)));
  }

  bool is_there_after_crash() {
    dangers->after_commit = true;
    CHECK_THROWS(ledger->commit());
    return ledger->was_committed();
  }

  bool is_there_after_crash_before(const term& identifier) {
    dangers->fatal_commits.insert(identifier);
    CHECK_THROWS(ledger->commit());
    return ledger->was_committed();
  }
};

} // namespace

TEST_CASE("nothing staged is nothing to commit", "[ledger]") {
  order_books b;
  b.open();
  b.commit();
  CHECK_FALSE(b.init("order-1", std::string{}).answer.value().duplicate);
  b.commit();
  b.commit();
  CHECK(b.faults->commits == 1);
}

TEST_CASE("after a failed commit the instances are as the store has them", "[ledger]") {
  order_books b;
  b.limit_time(10s);
  b.open();
  accepted(b.init("kept"));
  accepted(b.init("removed"));
  accepted(b.init("late"));
  b.commit();
  const auto kept = b.get("kept");

  b.now = at_second(5);
  accepted(b.step("kept", "pay", "paid"));
  accepted(b.init("new"));
  must(b.ledger->remove("removed"));
  must(b.mock("mocked", "paid"));
  CHECK(must(b.ledger->expire(at_second(10))).size() == 1);
  b.fail_commit();

  CHECK(b.get("kept") == kept);
  CHECK(b.get("removed").current_state == "new");
  CHECK(error_code_of(b.ledger->get("new")) == ec::instance_identifier_not_found);
  CHECK(error_code_of(b.ledger->get("mocked")) == ec::instance_identifier_not_found);
  CHECK(b.ledger->next_deadline() == at_second(10));
  CHECK(must(b.ledger->store().find("late"))->times_late == 0);

  // And everything can be done again, with the numbers that it had.
  CHECK(accepted(b.step("kept", "pay", "paid")).step_number == 2);
  CHECK(accepted(b.init("new")).step_number == 1);
  must(b.ledger->remove("removed"));
  CHECK(must(b.ledger->expire(at_second(10))).size() == 1);
  b.commit();
  CHECK(b.get("kept").steps.size() == 2);
  CHECK(must(b.ledger->store().find("late"))->times_late == 1);
}

TEST_CASE("after an exception it is known whether what was staged is stored", "[ledger]") {
  dangerous_books b;
  b.open();
  accepted(b.init("order-1"));
  accepted(b.init("order-2"));
  b.commit();
  CHECK(b.ledger->was_committed());
  accepted(b.step("order-1", "pay", "paid"));
  SECTION("a step that is there") { CHECK(b.is_there_after_crash()); }
  SECTION("a step that is not there") { CHECK_FALSE(b.is_there_after_crash_before("order-1")); }
  SECTION("a step of an instance that was deleted behind it, with another one") {
    accepted(b.step("order-2", "pay", "paid"));
    must(b.ledger->remove("order-2"));
    SECTION("there") { CHECK(b.is_there_after_crash()); }
    SECTION("not there") { CHECK_FALSE(b.is_there_after_crash_before("order-2")); }
  }
  SECTION("an instance in the place of another one") {
    must(b.mock("order-1", "paid"));
    SECTION("there") { CHECK(b.is_there_after_crash()); }
    SECTION("not there") { CHECK_FALSE(b.is_there_after_crash_before("order-1")); }
  }
  SECTION("a deletion of the only one") {
    must(b.ledger->remove("order-1"));
    SECTION("there") { CHECK(b.is_there_after_crash()); }
    SECTION("not there") { CHECK_FALSE(b.is_there_after_crash_before("order-1")); }
  }
  SECTION("nor can the store be asked") {
    b.dangers->fatal_lookups.insert("order-1");
    CHECK_FALSE(b.is_there_after_crash());
  }
}

TEST_CASE("after an exception it is known whether what makes no step is stored", "[ledger]") {
  dangerous_books b;
  b.open();
  accepted(b.init("order-1"));
  b.commit();
  const auto is_known = [&](bool there) {
    b.dangers->after_commit = there;
    b.dangers->calls_left = there ? 0 : 1;
    CHECK_THROWS(b.ledger->commit());
    return b.ledger->was_committed() == there;
  };
  const auto there = GENERATE(true, false);
  CAPTURE(there);
  SECTION("a deletion") {
    must(b.ledger->remove("order-1"));
    CHECK(is_known(there));
  }
  SECTION("a call with its operation id") {
    b.ledger->remember_call("call", recorded_operation::had_no_effect, b.now, term{"order-1"});
    CHECK(is_known(there));
  }
  SECTION("one that came and went tells nothing") {
    accepted(b.init("order-2"));
    must(b.ledger->remove("order-2"));
    CHECK(is_known(there) == !there);
  }
}

TEST_CASE("after a failed commit the models are as the store has them", "[ledger]") {
  order_books b;
  b.files.clear();
  b.open();
  SECTION("a model that was not stored is missing again") {
    accepted(b.init("order-1"));
    b.fail_commit();
    CHECK(must(b.ledger->models()).empty());
    auto again = b.init("order-1");
    CHECK(accepted(again).outcome == verdict::learned);
    CHECK(codes_of(again.reports) == std::vector{ec::impl_model_not_found});
  }
  SECTION("what was learned is learned again") {
    accepted(b.init("order-1"));
    b.commit();
    CHECK(accepted(b.step("order-1", "pay", "paid")).outcome == verdict::learned);
    b.fail_commit();
    CHECK(accepted(b.step("order-1", "pay", "paid")).outcome == verdict::learned);
  }
  b.commit();
  const auto models = must(b.ledger->models());
  b.open();
  CHECK(must(b.ledger->models()) == models);
}

TEST_CASE("a ledger whose store cannot be read goes on once it can", "[ledger]") {
  order_books b;
  b.limit_time(10s);
  b.open();
  accepted(b.init("order-1"));
  b.commit();
  accepted(b.step("order-1", "pay", "paid", "op-1"));
  b.faults->fail_next_commit();
  b.faults->scans_fail = true;
  const auto refused = error_of(b.ledger->commit());
  CHECK(refused.code == ec::store_failure);
  CHECK(refused.message == "the test makes a commit fail; and then the test makes a scan fail");

  CHECK(error_code_of(b.init("order-2").answer) == ec::store_failure);
  CHECK(error_code_of(b.step("order-1", "pay", "paid", "op-1").answer) == ec::store_failure);
  CHECK(error_code_of(b.mock("order-3", "paid")) == ec::store_failure);
  CHECK(error_code_of(b.ledger->remove("order-1")) == ec::store_failure);
  CHECK(error_code_of(b.ledger->expire(at_second(100))) == ec::store_failure);
  CHECK(error_code_of(b.ledger->adopt({order_model()})) == ec::store_failure);
  CHECK(error_code_of(b.ledger->declare(order_specification())) == ec::store_failure);
  CHECK(error_code_of(b.ledger->get("order-1")) == ec::store_failure);
  CHECK(b.ledger->staged() == 0);
  CHECK(*b.ledger->next_deadline() < at_second(0));
  b.commit();

  b.faults->scans_fail = false;
  CHECK(accepted(b.step("order-1", "pay", "paid", "op-1")) == receipt{2, verdict::conforms, false});
  b.commit();
  CHECK(b.get("order-1").steps.size() == 2);
}

TEST_CASE("a store that cannot be read does not open", "[ledger]") {
  order_books b;
  b.faults->scans_fail = true;
  auto refused = ledger::open(std::make_unique<failing_store>(b.home.open(), b.faults),
                              std::make_shared<const specification_catalog>(b.catalog), {}, {});
  CHECK(error_code_of(std::move(refused)) == ec::store_failure);
}

TEST_CASE("a lookup that fails is an error of its call, and nothing is staged", "[ledger]") {
  order_books b;
  b.open();
  accepted(b.init("order-1"));
  b.commit();
  b.open();
  b.faults->lookups_fail = true;
  CHECK(error_code_of(b.init("order-1").answer) == ec::store_failure);
  CHECK(error_code_of(b.init("order-2", "op-1").answer) == ec::store_failure);
  CHECK(error_code_of(b.step("order-1", "pay", "paid").answer) == ec::store_failure);
  CHECK(error_code_of(b.mock("order-1", "paid")) == ec::store_failure);
  CHECK(error_code_of(b.ledger->remove("order-1")) == ec::store_failure);
  CHECK(error_code_of(b.ledger->get("order-1")) == ec::store_failure);
  CHECK(b.ledger->staged() == 0);
  b.faults->lookups_fail = false;
  CHECK(accepted(b.step("order-1", "pay", "paid")).step_number == 2);
}
