#include "test/support/books.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace lockstep;
using namespace lockstep::test;
using namespace std::chrono_literals;

namespace {

struct upkeep_books : books {
  upkeep_books() : books(GENERATE(engine::memory, engine::sqlite)) { open(); }

  void prune_after(duration limit, prunable_states states) {
    auto changed = catalog.at("Order")->options();
    changed.prune_timeout = limit;
    changed.prunable_states = std::move(states);
    catalog["Order"] = order_specification(std::move(changed));
    open();
  }

  /// Prunes slice by slice. @returns how many instances went.
  std::uint64_t prune() {
    std::uint64_t removed = 0;
    page_request part;
    for (std::optional<std::uint64_t> from = 0; from;) {
      part.from = *from;
      auto slice = must(ledger->prune(part, now));
      commit();
      removed += slice.removed;
      from = slice.next;
    }
    return removed;
  }

  std::uint64_t count() {
    commit();
    std::uint64_t instances = 0;
    for (const auto& one : must(ledger->store().count_by_state()))
      instances += one.instances;
    return instances;
  }
};

std::shared_ptr<const specification> short_order() {
  return std::make_shared<const specification>(
      must(specification::make("Order", {{"new", "finish", "shipped"}})));
}

} // namespace

TEST_CASE("an instance is pruned once it was idle for too long in a prunable state", "[ledger]") {
  upkeep_books b;
  b.prune_after(10s, {prunable_states::kind::terminal, {}});
  accepted(b.init("running"));
  accepted(b.init("shipped"));
  accepted(b.step("shipped", "pay", "paid"));
  accepted(b.step("shipped", "ship", "shipped"));
  must(b.mock("mocked", "shipped"));
  b.commit();
  b.now = at_second(10);
  CHECK(b.prune() == 0); // not longer than the limit yet
  b.now += 1us;
  CHECK(b.prune() == 1);
  CHECK(error_code_of(b.ledger->get("shipped")) == ec::instance_identifier_not_found);
  CHECK(b.count() == 2);
}

TEST_CASE("any number of instances is pruned in slices that stay small", "[ledger]") {
  upkeep_books b;
  b.prune_after(10s, {prunable_states::kind::all, {}});
  for (std::int64_t i = 0; i < 1'234; ++i)
    accepted(b.init(i));
  b.commit();
  b.now = at_second(60);
  auto slice = must(b.ledger->prune({}, b.now));
  CHECK(slice.removed > 0);
  CHECK(slice.removed <= 100);
  CHECK(slice.next);
  b.commit();
  CHECK(b.prune() == 1'234 - slice.removed);
  CHECK(b.count() == 0);
}

TEST_CASE("a sweep removes what is chosen among the instances that there were", "[ledger]") {
  upkeep_books b;
  accepted(b.init("a"));
  accepted(b.init("b"));
  b.commit();
  page_request part;
  part.until = must(b.ledger->store().last_instance());
  accepted(b.init("c"));
  b.commit();
  auto slice = must(
      b.ledger->sweep(part, [](const instance_head& one) { return one.identifier != term{"a"}; }));
  b.commit();
  CHECK(slice.removed == 1);
  CHECK(b.count() == 2);
}

TEST_CASE("pruning that cannot be stored prunes nothing", "[ledger]") {
  upkeep_books b;
  b.prune_after(10s, {prunable_states::kind::all, {}});
  accepted(b.init("order-1"));
  b.commit();
  b.now = at_second(60);
  must(b.ledger->prune({}, b.now));
  b.faults->fail_next_commit();
  CHECK_FALSE(b.ledger->commit());
  CHECK(b.get("order-1").current_state == "new");
  CHECK(b.prune() == 1);
}

TEST_CASE("a specification declared anew rules the next step of its instances", "[ledger]") {
  upkeep_books b;
  accepted(b.init("order-1"));
  b.commit();
  must(b.ledger->declare(short_order()));
  CHECK(b.ledger->specifications().at("Order")->transitions().size() == 1);
  // the model is what it was, and no longer does what the specification says
  CHECK(error_code_of(b.step("order-1", "finish", "shipped").answer)
        == ec::deviation_not_equivalent);
  b.commit();
  SECTION("also after a restart") {
    b.open();
    CHECK(*b.ledger->specifications().at("Order") == *short_order());
  }
  SECTION("but at the next start of a node the configured one wins") {
    must(prefer_configured(b.ledger->store(), b.catalog));
    b.open();
    CHECK(*b.ledger->specifications().at("Order") == *order_specification());
  }
}

TEST_CASE("a declaration that cannot be stored is undone", "[ledger]") {
  upkeep_books b;
  b.faults->fail_next_commit();
  must(b.ledger->declare(short_order()));
  CHECK_FALSE(b.ledger->commit());
  CHECK(*b.ledger->specifications().at("Order") == *order_specification());
}

TEST_CASE("a specification without an initial state cannot be declared", "[ledger]") {
  upkeep_books b;
  auto empty = std::make_shared<const specification>(must(specification::make("Empty", {})));
  CHECK(error_code_of(b.ledger->declare(empty)) == ec::invalid_specification);
  CHECK(b.ledger->staged() == 0);
}

TEST_CASE("a declared specification keeps the callback that a known equal one has", "[ledger]") {
  upkeep_books b;
  auto options = b.catalog.at("Order")->options();
  options.policy.callback = [](const failure&, const caller&) {};
  b.catalog["Order"] = order_specification(options);
  must(b.ledger->declare(short_order()));
  must(b.ledger->declare(order_specification()));
  b.commit();
  b.open();
  CHECK(b.ledger->specifications().at("Order")->options().policy.callback);
}

TEST_CASE("learning that was only switched on for now is not stored as learning", "[ledger]") {
  upkeep_books b;
  b.options.learn = true;
  b.files.clear();
  b.open();
  CHECK(accepted(b.init("order-1")).outcome == verdict::learned);
  CHECK(must(b.ledger->models()).at(0).learning);
  b.commit();
  b.options.learn = false;
  b.open();
  CHECK_FALSE(must(b.ledger->models()).at(0).learning);
  CHECK(error_code_of(b.step("order-1", "pay", "paid").answer) == ec::deviation_not_equivalent);
}

TEST_CASE("what was learned and is not kept outlives a failed commit", "[ledger]") {
  upkeep_books b;
  b.options.keep_learned_models = false;
  b.files = {order_model(true)};
  b.open();
  accepted(b.init("order-1"));
  accepted(b.step("order-1", "cancel", "cancelled"));
  b.commit();
  b.faults->fail_next_commit();
  accepted(b.step("order-1", "reopen", "new"));
  CHECK_FALSE(b.ledger->commit());
  CHECK(must(b.ledger->models()).at(0).transitions.contains({"new", "cancel", "cancelled"}));
}

TEST_CASE("adopting a smaller model forgets what the larger one had", "[ledger]") {
  upkeep_books b;
  b.files.clear();
  b.open();
  must(b.ledger->adopt({order_model()}));
  b.commit();
  implementation_model smaller{"Order", false, {{"", std::string(initialisation_action), "new"}}};
  must(b.ledger->adopt({smaller}));
  b.commit();
  b.open();
  CHECK(must(b.ledger->models()) == std::vector{smaller});
}

TEST_CASE("every error can be swallowed", "[ledger]") {
  upkeep_books b;
  b.swallow_only({ec::instance_identifier_already_in_use});
  b.options.policy.swallowed = {ec::instance_identifier_not_found, ec::unknown_specification};
  b.open();
  accepted(b.init("order-1"));
  auto again = b.init("order-1");
  CHECK(accepted(again).step_number == 0);
  CHECK(codes_of(again.reports) == std::vector{ec::instance_identifier_already_in_use});
  CHECK(accepted(b.step("nobody", "pay", "paid")).step_number == 0);
  initialisation unknown;
  unknown.specification = "Invoice";
  unknown.identifier = "invoice-1";
  auto made = b.ledger->initialise(unknown, b.now);
  CHECK(accepted(made).step_number == 0);
  CHECK(codes_of(made.reports) == std::vector{ec::unknown_specification});
  CHECK(b.count() == 1);
}

TEST_CASE("an operation id belongs to one instance", "[ledger]") {
  upkeep_books b;
  accepted(b.init("order-1", "op-1"));
  SECTION("before the commit") {}
  SECTION("after it") { b.commit(); }
  auto other = b.init("order-2", "op-1");
  CHECK(error_code_of(other.answer) == ec::invalid_argument);
  CHECK(accepted(b.init("order-1", "op-1")).duplicate);
}

TEST_CASE("a declared specification keeps its callback when a commit fails", "[ledger]") {
  upkeep_books b;
  specification_options options;
  options.policy.callback = [](const failure&, const caller&) {};
  must(b.ledger->declare(std::make_shared<const specification>(
      must(specification::make("Invoice", {{"draft", "send", "sent"}}, options)))));
  b.commit();
  accepted(b.init("order-1"));
  b.faults->fail_next_commit();
  CHECK_FALSE(b.ledger->commit());
  CHECK(b.ledger->specifications().at("Invoice")->options().policy.callback);
}
