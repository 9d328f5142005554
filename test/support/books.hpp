#pragma once

#include "persistence/ledger.hpp"
#include "test/support/changes.hpp"
#include "test/support/failing_store.hpp"
#include "test/support/results.hpp"
#include "test/support/stores.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lockstep::test {

/// `Order`: new --[pay]-> paid --[ship]-> shipped, with `options`.
inline std::shared_ptr<const specification>
order_specification(specification_options options = {}) {
  return std::make_shared<const specification>(must(specification::make(
      "Order", {{"new", "pay", "paid"}, {"paid", "ship", "shipped"}}, std::move(options))));
}

/// All that an `Order` does, learnt before.
inline implementation_model order_model(bool learning = false) {
  return {"Order",
          learning,
          {{"", std::string(initialisation_action), "new"},
           {"new", "pay", "paid"},
           {"paid", "ship", "shipped"}}};
}

/// A ledger with what it is opened from, so that it can be opened again. Time is `now`, and moves
/// only if the test moves it.
struct books {
  store_home home;
  std::shared_ptr<test::faults> faults = std::make_shared<test::faults>();
  specification_catalog catalog{{"Order", order_specification()}};
  /// As if they were read from files.
  std::vector<implementation_model> files{order_model()};
  ledger_options options;
  timestamp now = at_second(0);
  std::optional<lockstep::ledger> ledger;

  explicit books(engine which) : home(which) {}

  /// Opens the ledger, the first time or again: what was not committed is gone.
  void open() {
    ledger.reset();
    ledger.emplace(must(lockstep::ledger::open(
        std::make_unique<failing_store>(home.open(), faults),
        std::make_shared<const specification_catalog>(catalog), files, options)));
  }

  /// Another policy for orders: only what is listed is swallowed.
  void swallow_only(std::set<ec> swallowed) {
    auto changed = catalog.at("Order")->options();
    changed.policy.swallowed = std::move(swallowed);
    catalog["Order"] = order_specification(std::move(changed));
  }

  void limit_time(duration limit) {
    auto changed = catalog.at("Order")->options();
    changed.transition_timeout = limit;
    catalog["Order"] = order_specification(std::move(changed));
  }

  decision init(const term& identifier, const std::string& operation_id = "") {
    initialisation request;
    request.specification = "Order";
    request.identifier = identifier;
    request.operation_id = operation_id;
    return ledger->initialise(request, now);
  }

  decision step(const term& identifier, const std::string& action, const std::string& to,
                const std::string& operation_id = "") {
    step_report report;
    report.identifier = identifier;
    report.action = action;
    report.to = to;
    report.operation_id = operation_id;
    return ledger->step(report, now);
  }

  /// A step that initialises an unknown instance as an order.
  decision first_step(const term& identifier, const std::string& action, const std::string& to,
                      const std::string& operation_id = "") {
    step_report report;
    report.identifier = identifier;
    report.action = action;
    report.to = to;
    report.operation_id = operation_id;
    report.initialise_as = "Order";
    return ledger->step(report, now);
  }

  result<void> mock(const term& identifier, const std::string& state) {
    initialisation request;
    request.specification = "Order";
    request.identifier = identifier;
    request.initial_state = state;
    return ledger->mock(request, now);
  }

  void commit() { must(ledger->commit()); }

  /// @pre Everything is committed.
  instance get(const term& identifier) { return must(ledger->get(identifier)); }
};

/// The receipt; if there is an error, the test fails.
inline receipt accepted(const decision& made) { return must(made.answer); }

/// The codes of what the policy is to hear.
inline std::vector<ec> codes_of(const std::vector<report>& reports) {
  std::vector<ec> codes;
  for (const auto& report : reports)
    codes.push_back(report.error.code);
  return codes;
}

} // namespace lockstep::test
