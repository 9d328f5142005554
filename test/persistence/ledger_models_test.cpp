#include "persistence/ledger.hpp"

#include "test/support/books.hpp"
#include "test/support/term_generator.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace lockstep;
using namespace lockstep::test;

namespace {

const std::string init{initialisation_action};

struct order_books : books {
  order_books() : books(GENERATE(engine::memory, engine::sqlite)) {}

  /// Runs an order to its end, with `detour` between its payment and its shipment.
  void run_order(const term& identifier, const std::string& detour = "") {
    (void)init(identifier);
    (void)step(identifier, "pay", "paid");
    if (!detour.empty())
      (void)step(identifier, detour, "paid");
    (void)step(identifier, "ship", "shipped");
    commit();
  }

  implementation_model model() {
    auto models = must(ledger->models());
    REQUIRE(models.size() == 1);
    return models.front();
  }
};

implementation_model with(implementation_model model, const transition& more) {
  model.transitions.insert(more);
  return model;
}

} // namespace

TEST_CASE("a missing model is an error that leaves the identifier free", "[ledger]") {
  order_books b;
  b.files.clear();
  b.swallow_only({});
  b.open();
  auto refused = b.init("order-1", "op-1");
  CHECK(error_code_of(refused.answer) == ec::impl_model_not_found);
  CHECK(refused.answer.error().context.at("shard") == term{"Server_1"});
  CHECK(codes_of(refused.reports) == std::vector{ec::impl_model_not_found});
  CHECK(error_code_of(b.first_step("order-1", "pay", "paid").answer) == ec::impl_model_not_found);
  CHECK(b.ledger->staged() == 0);
  CHECK(must(b.ledger->models()).empty());

  b.files = {order_model()};
  b.open();
  CHECK(accepted(b.init("order-1", "op-1")) == receipt{1, verdict::conforms, false});
}

TEST_CASE("a missing model that is swallowed is learned, and reported once", "[ledger]") {
  order_books b;
  b.files.clear();
  b.open();
  auto first = b.init("order-1");
  CHECK(accepted(first) == receipt{1, verdict::learned, false});
  CHECK(codes_of(first.reports) == std::vector{ec::impl_model_not_found});
  auto second = b.init("order-2");
  CHECK(accepted(second) == receipt{1, verdict::conforms, false});
  CHECK(second.reports.empty());
  CHECK(accepted(b.step("order-1", "pay", "paid")).outcome == verdict::learned);
  CHECK(b.model()
        == implementation_model{"Order", true, {{"", init, "new"}, {"new", "pay", "paid"}}});
}

TEST_CASE("a step of a known instance whose model is missing is refused as a whole", "[ledger]") {
  order_books b;
  b.open();
  accepted(b.init("order-1"));
  b.commit();
  b.files.clear();
  b.swallow_only({});
  b.open();
  CHECK(error_code_of(b.step("order-1", "pay", "paid").answer) == ec::impl_model_not_found);
  CHECK(b.ledger->staged() == 0);
  CHECK(b.get("order-1").current_state == "new");
}

TEST_CASE("a deviation that is swallowed is a receipt and a report", "[ledger]") {
  order_books b;
  b.open();
  accepted(b.init("order-1"));
  auto made = b.step("order-1", std::string(internal_action), "new");
  CHECK(accepted(made) == receipt{2, verdict::deviation_still_equivalent, false});
  CHECK(codes_of(made.reports) == std::vector{ec::deviation_still_equivalent});
  b.commit();
  CHECK(b.get("order-1").steps.at(1).outcome == verdict::deviation_still_equivalent);
  CHECK(b.model() == order_model());
}

TEST_CASE("a deviation that is propagated is recorded all the same", "[ledger]") {
  order_books b;
  if (GENERATE(true, false)) {
    b.open();
    accepted(b.init("order-1"));
    auto made = b.step("order-1", "lose", "lost");
    CHECK(error_code_of(made.answer) == ec::deviation_not_equivalent);
    CHECK(made.reports.at(0).error == made.answer.error());
  } else {
    b.swallow_only({});
    b.open();
    accepted(b.init("order-1"));
    auto made = b.step("order-1", std::string(internal_action), "lost");
    CHECK_FALSE(made.answer);
    CHECK(made.reports.at(0).error == made.answer.error());
  }
  b.commit();
  b.open();
  auto found = b.get("order-1");
  CHECK(found.current_state == "lost");
  CHECK(found.steps.size() == 2);
  auto deviations = must(b.ledger->store().deviations(10));
  CHECK(deviations.total == 1);
  CHECK(deviations.first.at(0).from == "new");
  CHECK(b.model() == order_model());
}

TEST_CASE("a policy may swallow a deviation that is not equivalent", "[ledger]") {
  order_books b;
  b.swallow_only({ec::deviation_not_equivalent});
  b.open();
  accepted(b.init("order-1"));
  auto made = b.step("order-1", "lose", "lost");
  CHECK(accepted(made) == receipt{2, verdict::deviation_not_equivalent, false});
  CHECK(codes_of(made.reports) == std::vector{ec::deviation_not_equivalent});
}

TEST_CASE("what a model learned is there after reopening", "[ledger]") {
  order_books b;
  b.files.clear();
  b.open();
  b.run_order("order-1");
  CHECK(b.model() == order_model(true));
  b.open();
  CHECK(b.model() == order_model(true));
  // One more transition, and one more reopening: the store's model has grown.
  b.run_order("order-2", "wait");
  b.open();
  CHECK(b.model() == with(order_model(true), {"paid", "wait", "paid"}));
  CHECK(accepted(b.init("order-3")).outcome == verdict::conforms);
}

TEST_CASE("what a model learned is gone after reopening if it is not to be kept", "[ledger]") {
  order_books b;
  b.files.clear();
  b.options.keep_learned_models = false;
  b.open();
  b.run_order("order-1");
  CHECK(b.model() == order_model(true));
  CHECK(must(b.ledger->store().models()).empty());
  b.open();
  CHECK(must(b.ledger->models()).empty());
}

TEST_CASE("stored models are not used while they are not to be kept, and not lost", "[ledger]") {
  order_books b;
  b.files.clear();
  b.open();
  b.run_order("order-1");
  b.options.keep_learned_models = false;
  b.open();
  CHECK(must(b.ledger->models()).empty());
  b.run_order("order-2", "wait");
  b.options.keep_learned_models = true;
  b.open();
  CHECK(b.model() == order_model(true));
}

TEST_CASE("a file whose learning mode is off is the model, whatever the store has learned",
          "[ledger]") {
  order_books b;
  b.files.clear();
  b.open();
  b.run_order("order-1", "wait");
  b.files = {order_model()};
  b.open();
  CHECK(b.model() == order_model());
  CHECK(error_code_of(b.step("order-1", "wait", "shipped").answer) == ec::deviation_not_equivalent);
}

TEST_CASE("a file that is learning is united with what the store has learned", "[ledger]") {
  order_books b;
  b.files.clear();
  b.open();
  b.run_order("order-1", "wait");
  b.files = {{"Order", true, {{"new", "cancel", "shipped"}}}};
  b.open();
  const auto both =
      with(with(order_model(true), {"paid", "wait", "paid"}), {"new", "cancel", "shipped"});
  CHECK(b.model() == both);

  // What is learned on top of both is stored on top of both: the file may go.
  b.run_order("order-2", "think");
  b.files.clear();
  b.open();
  CHECK(b.model() == with(both, {"paid", "think", "paid"}));
}

TEST_CASE("a ledger that is to learn puts every model into learning mode", "[ledger]") {
  order_books b;
  b.options.learn = true;
  SECTION("a model from a file") {
    b.open();
    CHECK(b.model() == order_model(true));
    accepted(b.init("order-1"));
    CHECK(accepted(b.step("order-1", "lose", "lost")).outcome == verdict::learned);
  }
  SECTION("a model that is missing, without a report") {
    b.files.clear();
    b.swallow_only({});
    b.open();
    CHECK(b.model() == implementation_model{"Order", true, {}});
    auto made = b.init("order-1");
    CHECK(accepted(made) == receipt{1, verdict::learned, false});
    CHECK(made.reports.empty());
  }
}

TEST_CASE("a model of a specification that is not configured is left alone", "[ledger]") {
  order_books b;
  b.files.push_back({"Invoice", true, {}});
  must(b.home.open()->commit(
      {put_model{"Receipt", true}, learn_transition{"Receipt", {"a", "b", "c"}}}));
  b.open();
  CHECK(b.model() == order_model());
  CHECK(must(b.ledger->store().models())
        == std::vector<implementation_model>{{"Receipt", true, {{"a", "b", "c"}}}});
}

TEST_CASE("a model that was learned may be adopted as the one that is conformed to", "[ledger]") {
  order_books b;
  b.files.clear();
  b.open();
  b.run_order("order-1");
  auto merged = with(order_model(false), {"paid", "wait", "paid"});
  must(b.ledger->adopt({merged}));
  CHECK(b.model() == merged);
  b.commit();
  b.open();
  CHECK(b.model() == merged);
  accepted(b.init("order-2"));
  CHECK(error_code_of(b.step("order-2", "lose", "lost").answer) == ec::deviation_not_equivalent);
}

TEST_CASE("an unknown specification's model is adopted neither itself nor with others",
          "[ledger]") {
  order_books b;
  b.files.clear();
  b.open();
  CHECK(error_code_of(b.ledger->adopt({order_model(), {"Oder", false, {}}}))
        == ec::unknown_specification);
  CHECK(b.ledger->staged() == 0);
  CHECK(must(b.ledger->models()).empty());
}

TEST_CASE("a model that a file replaced stays replaced after a failed commit", "[ledger]") {
  order_books b;
  b.files = {order_model(true)};
  b.open();
  b.run_order("order-1", "wait");
  REQUIRE(b.model() == with(order_model(true), {"paid", "wait", "paid"}));
  b.files = {order_model()};
  b.open();
  REQUIRE(b.model() == order_model());
  b.faults->fail_next_commit();
  accepted(b.init("order-2"));
  CHECK_FALSE(b.ledger->commit());
  CHECK(b.model() == order_model());
}
