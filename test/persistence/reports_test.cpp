#include "persistence/reports.hpp"

#include "test/support/changes.hpp"
#include "test/support/results.hpp"
#include "test/support/term_generator.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;
using namespace lockstep::test;
using namespace std::chrono_literals;

namespace {

const std::string init{initialisation_action};

instance_head paid_order() { return {"Order", "order-1", atom{"nil"}, "paid", 2, at_second(4)}; }

} // namespace

TEST_CASE("only deviations are deviations", "[reports]") {
  CHECK_FALSE(is_deviation(verdict::conforms));
  CHECK_FALSE(is_deviation(verdict::learned));
  CHECK(is_deviation(verdict::deviation_still_equivalent));
  CHECK(is_deviation(verdict::deviation_not_equivalent));
  CHECK(code_of(verdict::deviation_still_equivalent) == ec::deviation_still_equivalent);
  CHECK(code_of(verdict::deviation_not_equivalent) == ec::deviation_not_equivalent);
}

TEST_CASE("a report says what is wrong with which instance", "[reports]") {
  const auto known = already_in_use("order-1", "Order");
  CHECK(known.code == ec::instance_identifier_already_in_use);
  CHECK(known.message == "the identifier <<\"order-1\">> belongs to an instance of Order already");
  CHECK(known.context.at("identifier") == term{"order-1"});
  CHECK(known.context.at("specification") == term{"Order"});

  const auto unknown = not_found(term::tuple({atom{"order"}, 1}));
  CHECK(unknown.code == ec::instance_identifier_not_found);
  CHECK(unknown.message
        == "there is no instance {order,1}; it was not initialised, or it was deleted");
  CHECK(unknown.context.at("identifier") == term::tuple({atom{"order"}, 1}));
}

TEST_CASE("a missing model is reported with its shard and what to do", "[reports]") {
  const auto report = model_not_found("Order", "Server_3");
  CHECK(report.code == ec::impl_model_not_found);
  CHECK(report.message
        == "Server_3 has no implementation model of Order; put a .spex file into impl-models-dir, "
           "or learn one");
  CHECK(report.context
        == std::map<std::string, term>{{"specification", "Order"}, {"shard", "Server_3"}});
}

TEST_CASE("an unknown specification is reported with the known ones", "[reports]") {
  CHECK(unknown_specification("Order", {}).message
        == "there is no specification Order; none is configured");
  const auto report = unknown_specification("Oder", {{"Order", nullptr}, {"Invoice", nullptr}});
  CHECK(report.code == ec::unknown_specification);
  CHECK(report.message == "there is no specification Oder; there are Invoice, Order");
  CHECK(report.context.at("specification") == term{"Oder"});
}

TEST_CASE("a deviation is reported with its step and what it means", "[reports]") {
  const auto report =
      deviation_report(paid_order(), {"new", "pay", "paid"}, {verdict::deviation_not_equivalent});
  CHECK(report.code == ec::deviation_not_equivalent);
  CHECK(report.message
        == "step 2 of instance <<\"order-1\">> is not in the implementation model of Order: new "
           "--[pay]-> paid, and with it the implementation is no longer what the specification "
           "says");
  CHECK(report.context
        == std::map<std::string, term>{{"identifier", "order-1"},
                                       {"specification", "Order"},
                                       {"step", 2},
                                       {"from", "new"},
                                       {"action", "pay"},
                                       {"to", "paid"}});
}

TEST_CASE("a deviation is reported with what explains it", "[reports]") {
  const auto report = deviation_report(
      paid_order(), {"new", "pay", "paid"},
      {verdict::deviation_not_equivalent,
       {{"why", "after `pay` only one side can `ship`"}, {"trace", 1}, {"step", 99}}});
  CHECK(report.message
        == "step 2 of instance <<\"order-1\">> is not in the implementation model of Order: new "
           "--[pay]-> paid, and with it the implementation is no longer what the specification "
           "says: after `pay` only one side can `ship`");
  CHECK(report.context.at("why") == term{"after `pay` only one side can `ship`"});
  CHECK(report.context.at("trace") == term{1});
  CHECK(report.context.at("step") == term{2}); // what every deviation has comes first
}

TEST_CASE("a deviation that looks mistyped is reported with what may be meant", "[reports]") {
  const auto report = deviation_report(
      paid_order(), {"new", "psy", "paid"},
      {verdict::deviation_not_equivalent, {{"why", "it cannot"}, {"nearest", "pay"}}});
  CHECK(report.message.ends_with("says: it cannot; perhaps `psy` should be `pay`"));
  const auto other = deviation_report(
      paid_order(), {"new", "pay", "piad"},
      {verdict::deviation_not_equivalent, {{"why", "it cannot"}, {"nearest_state", "paid"}}});
  CHECK(other.message.ends_with("says: it cannot; perhaps `piad` should be `paid`"));
}

TEST_CASE("a deviating initialisation comes from no state", "[reports]") {
  auto fresh = paid_order();
  fresh.step_count = 1;
  const auto report =
      deviation_report(fresh, {"", init, "paid"}, {verdict::deviation_still_equivalent});
  CHECK(report.code == ec::deviation_still_equivalent);
  CHECK(report.context.at("from") == term{atom{"nil"}});
  CHECK(report.message.find("nil --[__initialisation__]-> paid, but with it") != std::string::npos);
}

TEST_CASE("a repeated deviation says that it is one", "[reports]") {
  const auto report = repeated_deviation("order-1", {7, verdict::deviation_still_equivalent, true});
  CHECK(report.code == ec::deviation_still_equivalent);
  CHECK(report.message == "step 7 of instance <<\"order-1\">> was recorded before as a deviation");
  CHECK(report.context.at("duplicate") == term{atom{"true"}});
  CHECK(report.context.at("step") == term{7});
}

TEST_CASE("a late instance is reported with its limit and its state", "[reports]") {
  specification_options options;
  options.transition_timeout = 90s;
  const auto spec = must(specification::make("Order", {{"new", "pay", "paid"}}, options));
  const auto report = late_report(paid_order(), spec);
  CHECK(report.code == ec::transition_timeout);
  CHECK(report.message
        == "instance <<\"order-1\">> of Order is late: no step for more than 90s since it became "
           "paid at 2024-03-01T00:00:04.000000Z");
  CHECK(report.context.at("state") == term{"paid"});
  CHECK(report.context.at("step") == term{2});
  CHECK(report.context.at("last_step_at") == term{"2024-03-01T00:00:04.000000Z"});
}
