#include "persistence/ledger.hpp"

#include "test/support/books.hpp"
#include "test/support/term_generator.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace lockstep;
using namespace lockstep::test;
using namespace std::chrono_literals;

namespace {

/// Orders have ten seconds for each step.
struct hasty_books : books {
  hasty_books() : books(GENERATE(engine::memory, engine::sqlite)) {
    limit_time(10s);
    open();
  }

  std::vector<ec> expire() { return codes_of(must(ledger->expire(now))); }

  std::uint64_t times_late(const term& identifier) {
    commit();
    return must(ledger->store().find(identifier))->times_late;
  }
};

const std::vector<ec> one_timeout{ec::transition_timeout};
const std::vector<ec> nothing;

} // namespace

TEST_CASE("an instance is late once its deadline has passed, and reported once", "[ledger]") {
  hasty_books b;
  accepted(b.init("order-1"));
  b.commit();
  CHECK(b.ledger->next_deadline() == at_second(10));
  b.now = at_second(10) - 1us;
  CHECK(b.expire() == nothing);
  b.now = at_second(10);
  auto reports = must(b.ledger->expire(b.now));
  CHECK(codes_of(reports) == one_timeout);
  CHECK(reports.at(0).error.context.at("identifier") == term{"order-1"});
  CHECK_FALSE(b.ledger->next_deadline());
  CHECK(b.expire() == nothing);
  CHECK(b.times_late("order-1") == 1);

  b.now = at_second(100);
  b.open();
  CHECK_FALSE(b.ledger->next_deadline());
  CHECK(b.expire() == nothing);
}

TEST_CASE("instances become late in the order of their deadlines", "[ledger]") {
  hasty_books b;
  for (std::int64_t i = 3; i > 0; --i) {
    b.now = at_second(i);
    accepted(b.init(i));
  }
  b.now = at_second(12);
  auto reports = must(b.ledger->expire(b.now));
  REQUIRE(reports.size() == 2);
  CHECK(reports[0].error.context.at("identifier") == term{1});
  CHECK(reports[1].error.context.at("identifier") == term{2});
  CHECK(b.ledger->next_deadline() == at_second(13));
}

TEST_CASE("a deadline that lies ahead is there after reopening", "[ledger]") {
  hasty_books b;
  accepted(b.init("order-1"));
  b.commit();
  b.open();
  CHECK(b.ledger->next_deadline() == at_second(10));
  b.now = at_second(11);
  CHECK(b.expire() == one_timeout);
}

TEST_CASE("a step moves the deadline", "[ledger]") {
  hasty_books b;
  accepted(b.init("order-1"));
  if (GENERATE(true, false))
    b.commit();
  b.now = at_second(9);
  accepted(b.step("order-1", "pay", "paid"));
  CHECK(b.ledger->next_deadline() == at_second(19));
  b.now = at_second(18);
  CHECK(b.expire() == nothing);
  b.now = at_second(19);
  CHECK(b.expire() == one_timeout);
}

TEST_CASE("a finished instance has no deadline", "[ledger]") {
  hasty_books b;
  accepted(b.init("order-1"));
  accepted(b.step("order-1", "pay", "paid"));
  accepted(b.step("order-1", "ship", "shipped"));
  CHECK_FALSE(b.ledger->next_deadline());
  b.commit();
  CHECK(must(deadlines_of(b.ledger->store())).empty());
}

TEST_CASE("an instance that was late and makes a step may be late again", "[ledger]") {
  hasty_books b;
  accepted(b.init("order-1"));
  b.now = at_second(10);
  CHECK(b.expire() == one_timeout);
  auto made = b.step("order-1", "pay", "paid");
  CHECK(made.reports.empty());
  CHECK(b.ledger->next_deadline() == at_second(20));
  b.now = at_second(20);
  CHECK(b.expire() == one_timeout);
  CHECK(b.times_late("order-1") == 2);
}

TEST_CASE("a step after the deadline tells that it came late, before anybody looked", "[ledger]") {
  hasty_books b;
  accepted(b.init("order-1"));
  if (GENERATE(true, false))
    b.commit();
  b.now = at_second(11);
  auto made = b.step("order-1", "pay", "paid");
  CHECK(accepted(made) == receipt{2, verdict::conforms, false});
  CHECK(codes_of(made.reports) == one_timeout);
  CHECK(made.reports.at(0).error.context.at("state") == term{"new"});
  CHECK(b.expire() == nothing);
  CHECK(b.ledger->next_deadline() == at_second(21));
  CHECK(b.times_late("order-1") == 1);
  b.open();
  CHECK(b.ledger->next_deadline() == at_second(21));
}

TEST_CASE("a step is late by the time at which it happened", "[ledger]") {
  hasty_books b;
  accepted(b.init("order-1"));
  step_report report;
  report.identifier = "order-1";
  report.action = "pay";
  report.to = "paid";
  SECTION("told late, but made in time") {
    report.at = at_second(9);
    CHECK(b.ledger->step(report, at_second(1000)).reports.empty());
    CHECK(b.times_late("order-1") == 0);
  }
  SECTION("just in time") {
    report.at = at_second(10) - 1us;
    CHECK(b.ledger->step(report, at_second(1000)).reports.empty());
  }
  SECTION("made too late, and told at once") {
    report.at = at_second(10);
    CHECK(codes_of(b.ledger->step(report, at_second(0)).reports) == one_timeout);
    CHECK(b.times_late("order-1") == 1);
  }
}

TEST_CASE("of a late deviation the policy hears both, in their order", "[ledger]") {
  hasty_books b;
  accepted(b.init("order-1"));
  b.now = at_second(11);
  auto made = b.step("order-1", "lose", "lost");
  CHECK(error_code_of(made.answer) == ec::deviation_not_equivalent);
  CHECK(codes_of(made.reports)
        == std::vector{ec::transition_timeout, ec::deviation_not_equivalent});
}

TEST_CASE("a removed instance is not late", "[ledger]") {
  hasty_books b;
  accepted(b.init("order-1"));
  if (GENERATE(true, false))
    b.commit();
  must(b.ledger->remove("order-1"));
  b.now = at_second(11);
  CHECK(b.expire() == nothing);
  // Nor is the next one of its identifier late by the first one's deadline.
  accepted(b.init("order-1"));
  CHECK(b.expire() == nothing);
  CHECK(b.ledger->next_deadline() == at_second(21));
}

TEST_CASE("deadlines that have passed can be dropped without a report, for good", "[ledger]") {
  hasty_books b;
  accepted(b.init("order-1"));
  b.now = at_second(5);
  accepted(b.init("order-2"));
  b.commit();
  b.open();
  b.now = at_second(12);
  b.ledger->drop_deadlines(b.now);
  CHECK(b.ledger->next_deadline() == at_second(15));
  CHECK(b.expire() == nothing);

  SECTION("also when the memory goes back to the store") {
    b.faults->fail_next_commit();
    accepted(b.init("order-3"));
    CHECK_FALSE(b.ledger->commit());
    CHECK(b.ledger->staged() == 0); // or a shard would try again without a pause
    CHECK(b.expire() == nothing);
    CHECK(b.ledger->next_deadline() == at_second(15));
  }
  SECTION("also at the next step and after the next start") {
    b.commit();
    b.open();
    CHECK(b.ledger->next_deadline() == at_second(15));
    CHECK(b.step("order-1", "pay", "paid").reports.empty());
    CHECK(b.times_late("order-1") == 0);
  }
}

TEST_CASE("a lookup that fails on the way does not hide the timeouts before it", "[ledger]") {
  hasty_books b;
  b.options.max_resident_instances = 1;
  b.open();
  b.now = at_second(5);
  accepted(b.init("cold"));
  b.now = at_second(0);
  accepted(b.init("in memory"));
  b.commit();
  b.now = at_second(20);
  b.faults->lookups_fail = true;
  CHECK(b.expire() == one_timeout);
  CHECK(error_code_of(b.ledger->expire(b.now)) == ec::store_failure);
  b.faults->lookups_fail = false;
  CHECK(b.expire() == one_timeout);
  CHECK(b.expire() == nothing);
}

TEST_CASE("timeouts that cannot be looked up are told when they can", "[ledger]") {
  hasty_books b;
  accepted(b.init("order-1"));
  accepted(b.init("order-2"));
  b.commit();
  b.options.max_resident_instances = 0;
  b.open();
  b.now = at_second(11);
  b.faults->lookups_fail = true;
  CHECK(error_code_of(b.ledger->expire(b.now)) == ec::store_failure);
  b.faults->lookups_fail = false;
  CHECK(b.expire().size() == 2);
}

TEST_CASE("all late instances are found, however few deadlines are in memory", "[ledger]") {
  hasty_books b;
  b.options.deadlines_at_once = 2;
  b.open();
  std::vector<std::int64_t> on_time{3, 7, 8};
  for (std::int64_t i = 0; i < 12; ++i) {
    b.now = at_second(i / 3); // some at the same time
    accepted(b.init(i));
    if (i % 5 == 0)
      b.commit();
  }
  if (GENERATE(true, false)) {
    b.commit();
    b.open();
  }
  for (auto one : on_time)
    accepted(b.step(one, "pay", "paid"));
  must(b.ledger->remove(term{4}));
  b.now = at_second(13);
  std::vector<term> late;
  while (b.ledger->next_deadline() && *b.ledger->next_deadline() <= b.now) {
    for (const auto& report : must(b.ledger->expire(b.now, 3)))
      late.push_back(report.error.context.at("identifier"));
    b.commit();
  }
  CHECK(late.size() == 8 + 3); // who paid at second 3 is late by now, too
  CHECK_FALSE(b.ledger->next_deadline());
  CHECK(must(deadlines_of(b.ledger->store())).empty());
}

TEST_CASE("many deadlines are dropped little by little", "[ledger]") {
  hasty_books b;
  for (std::int64_t i = 0; i < 10; ++i) {
    b.now = at_second(i);
    accepted(b.init(i));
  }
  b.commit();
  b.options.deadlines_at_once = 2;
  b.open();
  b.now = at_second(17); // 0 to 7 were late before
  b.ledger->drop_deadlines(b.now);
  CHECK(b.ledger->staged() == 1);
  if (GENERATE(true, false)) {
    b.faults->fail_next_commit();
    CHECK_FALSE(b.ledger->commit());
  }
  // An instance that is read meanwhile is not late either.
  CHECK(b.step(5, "pay", "paid").reports.empty());
  while (b.ledger->staged() > 0 || *b.ledger->next_deadline() <= b.now) {
    CHECK(b.expire() == nothing);
    b.commit();
  }
  CHECK(b.ledger->next_deadline() == at_second(18));
  CHECK(must(deadlines_of(b.ledger->store())).size() == 3);
  b.now = at_second(19);
  CHECK(b.expire() == one_timeout);
  b.commit();
  CHECK(b.expire() == one_timeout);
}
