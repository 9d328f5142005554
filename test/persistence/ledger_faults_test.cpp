/// A ledger on a disk that fails for a while.

#include "persistence/ledger.hpp"

#include "test/support/books.hpp"
#include "test/support/faulty_store.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;
using namespace lockstep::test;

namespace {

struct faulty_books : faulty_store {
  std::optional<lockstep::ledger> ledger;

  faulty_books() { reopen(); }

  void reopen() {
    ledger.reset();
    specification_options options;
    options.transition_timeout = std::chrono::seconds{10};
    auto catalog = std::make_shared<specification_catalog>();
    catalog->emplace("Order", order_specification(options));
    ledger.emplace(
        must(lockstep::ledger::open(must(reopening_store::open([this] { return open_inner(); })),
                                    catalog, {order_model(true)}, {})));
  }

  decision init(const std::string& identifier) {
    initialisation request;
    request.specification = "Order";
    request.identifier = identifier;
    return ledger->initialise(request, at_second(0));
  }

  decision step(const std::string& action, const std::string& to, const std::string& operation) {
    step_report report;
    report.identifier = "order-1";
    report.action = action;
    report.to = to;
    report.operation_id = operation;
    return ledger->step(report, at_second(1));
  }
};

} // namespace

TEST_CASE("a ledger goes on by itself when a full disk has space again", "[ledger_faults]") {
  faulty_books b;
  accepted(b.init("order-1"));
  must(b.ledger->commit());
  b.disk.limit_space(b.disk.used());
  for (int i = 0; i < 3; ++i) {
    accepted(b.step("pay", "paid", "op-1"));
    CHECK(error_code_of(b.ledger->commit()) == ec::store_failure);
    CHECK(must(b.ledger->get("order-1")).steps.size() == 1);
  }
  b.disk.limit_space(std::nullopt);
  CHECK(accepted(b.step("pay", "paid", "op-1")) == receipt{2, verdict::conforms, false});
  must(b.ledger->commit());
  b.reopen();
  CHECK(must(b.ledger->get("order-1")).current_state == "paid");
}

TEST_CASE("a ledger whose disk is broken refuses everything, and goes on when it is not",
          "[ledger_faults]") {
  faulty_books b;
  accepted(b.init("order-1"));
  must(b.ledger->commit());
  // a new action, a new state and a new transition of the model: all forgotten or all kept
  accepted(b.step("return", "returned", "op-1"));
  b.disk.fail_all(disk_operation::sync, disk_fault::fails);
  CHECK(error_code_of(b.ledger->commit()) == ec::unavailable);
  for (int i = 0; i < 3; ++i) {
    CHECK(error_code_of(b.init("order-2").answer) == ec::store_failure);
    CHECK(error_code_of(b.step("return", "returned", "op-1").answer) == ec::store_failure);
    CHECK(error_code_of(b.ledger->get("order-1")) == ec::store_failure);
    CHECK(error_code_of(b.ledger->expire(at_second(100))) == ec::store_failure);
    CHECK(b.ledger->staged() == 0);
  }
  b.disk.mend();
  // whether it was stored or not, its repetition makes it one step
  const auto again = accepted(b.step("return", "returned", "op-1"));
  CHECK(again.step_number == 2);
  CHECK(again.outcome == verdict::learned);
  must(b.ledger->commit());
  CHECK(must(b.ledger->get("order-1")).steps.size() == 2);
  CHECK(must(b.ledger->expire(at_second(100))).size() == 1);
  must(b.ledger->commit());
  b.reopen();
  CHECK(must(b.ledger->get("order-1")).current_state == "returned");
  CHECK(must(b.ledger->models()).front().transitions.contains({"new", "return", "returned"}));
}

TEST_CASE("a commit that a ledger was told had failed is forgotten in its memory, too",
          "[ledger_faults]") {
  faulty_books b;
  accepted(b.init("order-1"));
  must(b.ledger->commit());
  b.disk.forget_after_failed_sync(true);
  for (int i = 0; i < 5; ++i) {
    const auto name = "state-" + std::to_string(i);
    accepted(b.step("turn", name, name));
    b.disk.follow([done = false](const disk_event& event) mutable {
      if (done || event.kind != disk_operation::sync)
        return disk_fault::none;
      done = true;
      return disk_fault::fails;
    });
    CHECK(error_code_of(b.ledger->commit()) == ec::store_failure);
    CHECK_FALSE(must(b.ledger->models()).front().transitions.contains({"new", "turn", name}));
    CHECK_FALSE(must(b.ledger->store().find_operation(name)));
  }
  accepted(b.step("pay", "paid", "op-1"));
  must(b.ledger->commit());
  b.disk.cut_power();
  b.disk.power_on();
  b.reopen();
  CHECK(must(b.ledger->get("order-1")).current_state == "paid");
  CHECK(must(b.ledger->get("order-1")).steps.size() == 2);
}
