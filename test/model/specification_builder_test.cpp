#include "model/workflow/specification_builder.hpp"

#include "model/workflow/specification_json.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;
using namespace std::chrono_literals;

namespace {

specification_builder order() {
  return specification_builder{"Order"}.transition("new", "pay", "paid");
}

} // namespace

TEST_CASE("a builder says the same as a file", "[specification_builder]") {
  const auto built = specification_builder{"Order"}
                         .transition("new", "pay", "paid")
                         .transition("paid", "ship", "shipped")
                         .transition_timeout(30s)
                         .prune_timeout(24h * 7)
                         .prune_terminal_states()
                         .swallow(ec::transition_timeout)
                         .propagate(ec::deviation_still_equivalent)
                         .log(ec::deviation_not_equivalent, severity::error)
                         .build();
  const auto read = parse_specification_json(R"({
    "specification": "Order", "transition_timeout": "30s", "prune_timeout": "7d",
    "prunable_states": "terminal", "swallow": ["impl_model_not_found", "transition_timeout"],
    "log": {"deviation_not_equivalent": "error"},
    "transitions": [["new", "pay", "paid"], ["paid", "ship", "shipped"]]})",
                                             "order.json");
  REQUIRE(built);
  REQUIRE(read);
  CHECK(*built == *read);
}

TEST_CASE("what is not said has its default", "[specification_builder]") {
  const auto built = order().build();
  REQUIRE(built);
  CHECK(built->options() == specification_options{});
  CHECK(*built == specification::make("Order", {{"new", "pay", "paid"}}).value());
}

TEST_CASE("the last word on prunable states counts", "[specification_builder]") {
  using kind = prunable_states::kind;
  const auto prunable = [](specification_builder& builder) {
    return builder.build().value().options().prunable_states;
  };
  auto builder = order();
  CHECK(prunable(builder.prune_states({"paid", "lost"}))
        == prunable_states{kind::listed, {"paid", "lost"}});
  CHECK(prunable(builder.prune_all_states()) == prunable_states{kind::all, {}});
  CHECK(prunable(builder.prune_terminal_states()) == prunable_states{kind::terminal, {}});
  CHECK(prunable(builder.prunable({kind::none, {}})) == prunable_states{});
}

TEST_CASE("a limit can be taken back", "[specification_builder]") {
  const auto built = order().transition_timeout(1s).transition_timeout(std::nullopt).build();
  CHECK_FALSE(built.value().options().transition_timeout);
}

TEST_CASE("an error can be swallowed and propagated again", "[specification_builder]") {
  const auto built = order().swallow(ec::store_failure).propagate(ec::store_failure).build();
  CHECK_FALSE(built.value().options().policy.swallows(ec::store_failure));
}

TEST_CASE("a specification keeps its callback", "[specification_builder]") {
  std::string heard;
  const auto built = order()
                         .on_error([&](const failure& error, const caller& who) {
                           heard = error.message + who.call;
                         })
                         .build();
  REQUIRE(built);
  built->options().policy.callback({ec::store_failure, "full ", {}}, {"step", ""});
  CHECK(heard == "full step");
}

TEST_CASE("a transition that is built twice counts once", "[specification_builder]") {
  auto builder = order();
  const auto built =
      builder.transition("paid", "x", "new").transition("new", "pay", "paid").build();
  CHECK(built.value().transitions()
        == std::vector<transition>{{"new", "pay", "paid"}, {"paid", "x", "new"}});
}

TEST_CASE("what cannot be used is refused when it is built", "[specification_builder]") {
  const auto refused = [](const specification_builder& builder) {
    const auto built = builder.build();
    REQUIRE_FALSE(built);
    CHECK(built.error().code == ec::invalid_specification);
    CHECK(built.error().context.contains("specification"));
    return built.error().message;
  };
  refused(specification_builder{""});
  refused(order().transition("paid", "", "x"));
  refused(order().prune_states({""}));
  CHECK(refused(order().prune_timeout(-1s))
        == "specification \"Order\": prune_timeout is less than no time; give it a positive "
           "duration");
  refused(order().transition_timeout(-1us));
  CHECK(order().transition_timeout(0s).build());
}

TEST_CASE("a specification without transitions can be built", "[specification_builder]") {
  CHECK(specification_builder{"Order"}.build().value().initial_state().empty());
}
