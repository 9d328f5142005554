#include "model/workflow/specification.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;

namespace {

using names = std::vector<std::string>;

failure refusal(std::vector<transition> transitions) {
  const auto made = specification::make("Order", std::move(transitions));
  REQUIRE_FALSE(made);
  CHECK(made.error().code == ec::invalid_specification);
  return made.error();
}

std::string repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i)
    out += text;
  return out;
}

} // namespace

TEST_CASE("a specification lists states and actions in order of appearance", "[specification]") {
  const auto spec = specification::make("Order", {{"paid", "ship", "shipped"},
                                                  {"new", "pay", "paid"},
                                                  {"new", "cancel", "cancelled"},
                                                  {"shipped", "pay", "shipped"}});
  REQUIRE(spec);
  CHECK(spec->name() == "Order");
  CHECK(spec->initial_state() == "paid");
  CHECK(spec->states() == names{"paid", "shipped", "new", "cancelled"});
  CHECK(spec->actions() == names{"ship", "pay", "cancel"});
  CHECK(spec->terminal_states() == names{"cancelled"});
  CHECK(spec->is_terminal("cancelled"));
  CHECK_FALSE(spec->is_terminal("shipped"));
  CHECK_FALSE(spec->is_terminal("elsewhere"));
}

TEST_CASE("a repeated transition counts once, where it was first", "[specification]") {
  const auto spec = specification::make(
      "Order", {{"new", "pay", "paid"}, {"paid", "ship", "gone"}, {"new", "pay", "paid"}});
  REQUIRE(spec);
  CHECK(spec->transitions()
        == std::vector<transition>{{"new", "pay", "paid"}, {"paid", "ship", "gone"}});
}

TEST_CASE("a specification without transitions has no initial state", "[specification]") {
  const auto spec = specification::make("Order", {});
  REQUIRE(spec);
  CHECK(spec->initial_state().empty());
  CHECK(spec->states().empty());
  CHECK(spec->terminal_states().empty());
}

TEST_CASE("options default to no limits, no pruning and the default policy", "[specification]") {
  const auto options = specification::make("Order", {}).value().options();
  CHECK_FALSE(options.transition_timeout);
  CHECK_FALSE(options.prune_timeout);
  CHECK(options.prunable_states.which == prunable_states::kind::none);
  CHECK(options.policy.swallows(ec::deviation_still_equivalent));
  CHECK(options.policy.swallows(ec::impl_model_not_found));
  CHECK_FALSE(options.policy.swallows(ec::deviation_not_equivalent));
}

TEST_CASE("names are 1 to 255 characters without control characters", "[specification]") {
  for (const auto& name : {std::string("a"), std::string(255, 'x'), repeat("ü", 255),
                           repeat("\xF0\x9F\x93\xA6", 255), std::string(" a \"b\" [*] ")}) {
    CHECK(check_name("state", name));
  }
  for (const auto& name :
       {std::string(), std::string(256, 'x'), repeat("ü", 256), std::string("a\nb"),
        std::string("a\0b", 3), std::string("\x7F"), std::string("\xC2\x80"), std::string("\xC3"),
        std::string("\xED\xA0\x80"), std::string("\xC0\xAF")}) {
    const auto checked = check_name("state", name);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code == ec::invalid_argument);
    CHECK(checked.error().context.at("name") == term(name));
  }
}

TEST_CASE("a refused name is shown in the message", "[specification]") {
  CHECK(check_name("action", "a\nb").error().message
        == "the action name \"a\\x0Ab\" has a control character; use 1 to 255 characters without "
           "control characters");
  CHECK(check_name("state", "").error().message.starts_with("the state name \"\" is empty;"));
}

TEST_CASE("each name of a specification is checked", "[specification]") {
  CHECK_FALSE(specification::make("", {}));
  CHECK_FALSE(specification::make("Or\nder", {}));
  CHECK_FALSE(specification::make(
      "Order", {}, {.prunable_states = {prunable_states::kind::listed, {"paid", ""}}}));
  const transition good{"new", "pay", "paid"};
  for (const transition& bad : {transition{"", "pay", "paid"}, transition{"new", "", "paid"},
                                transition{"new", "pay", ""}}) {
    const auto refused = refusal({good, bad});
    CHECK(refused.context.at("specification") == term("Order"));
    CHECK(refused.context.at("transition") == term(2));
    CHECK(refused.message.starts_with("specification \"Order\", transition 2: the "));
  }
}

TEST_CASE("an initialisation cannot be declared", "[specification]") {
  CHECK(refusal({{"new", "__initialisation__", "paid"}}).message.find("initialisation")
        != std::string::npos);
  CHECK(refusal({{"", "__initialisation__", "paid"}}).context.at("transition") == term(1));
}

TEST_CASE("an internal step can be declared", "[specification]") {
  CHECK(specification::make("Order", {{"new", "__internal__", "checked"}}));
}
