#include "app/script/script.hpp"

#include "test/support/messages.hpp"
#include "test/support/settings.hpp"

#include <string>
#include <variant>

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;

namespace {

result<std::vector<script_step>> parse(const std::string& calls) {
  auto settings = test::settings_from("script = [ " + calls + " ]");
  return parse_script(settings, "node.conf");
}

template <class T>
T only_call(const std::string& call) {
  auto steps = parse(call);
  if (!steps)
    FAIL(steps.error().message);
  REQUIRE(steps->size() == 1);
  REQUIRE(std::holds_alternative<T>(steps->front().call));
  return std::get<T>(steps->front().call);
}

std::string mistake_in(const std::string& calls) {
  auto steps = parse(calls);
  REQUIRE_FALSE(steps);
  CHECK(steps.error().code == ec::invalid_configuration);
  return steps.error().message;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("a section without a script has an empty one", "[script]") {
  auto steps = parse_script({}, "node.conf");
  REQUIRE(steps);
  CHECK(steps->empty());
}

TEST_CASE("words that are none of a script's are told on one line", "[script]") {
  CHECK(test::is_presentable(mistake_in(R"({ get = "o1", as = "a\nb" })")));
  CHECK(test::is_presentable(mistake_in(R"({ get = "o1", fails = "a\nb" })")));
}

TEST_CASE("calls are read with their options", "[script]") {
  auto init = only_call<script::init>(R"({ init = "o1", specification = "Order", state = "x" })");
  CHECK(init.identifier == term{"o1"});
  CHECK(init.specification == "Order");
  CHECK(init.state == "x");
  auto step = only_call<script::transition>(R"({ transition = 7, action = "pay", to = "paid" })");
  CHECK(step.identifier == term{7});
  CHECK(step.to == "paid");
  auto wait = only_call<script::wait>(R"({ wait = "2s" })");
  CHECK(wait.time == std::chrono::seconds{2});
  auto expected = only_call<script::expect_instance>(R"({ expect = "o1", steps = 3 })");
  CHECK(expected.steps == 3U);
  CHECK_FALSE(expected.state);
}

TEST_CASE("an identifier may be any term", "[script]") {
  auto get = only_call<script::get>(R"({ get = "{my_app, 123}", as = "term" })");
  CHECK(get.identifier == term::tuple({atom{"my_app"}, 123}));
}

TEST_CASE("a call may be expected to fail", "[script]") {
  auto steps = parse(R"({ get = "nobody", fails = "instance_identifier_not_found" })");
  REQUIRE(steps);
  CHECK(steps->front().fails == ec::instance_identifier_not_found);
}

TEST_CASE("mistakes name the step and the option", "[script]") {
  CHECK(has(mistake_in(R"({ summary = true }, { int = "o1" })"), "script step 2"));
  CHECK(has(mistake_in(R"({ int = "o1" })"), R"(it names no call; "int" may be meant as "init")"));
  CHECK(has(mistake_in(R"({ id = "o1" })"), "it names no call; calls are init, "));
  CHECK(has(mistake_in(R"({ init = "o1", specification = "S", transition = "o1", action = "a" })"),
            R"(it names two calls, "init" and "transition"; make each a step of its own)"));
  CHECK(has(mistake_in(R"({ init = "o1" })"), "specification"));
  CHECK(has(mistake_in(R"({ init = "o1", specification = "S", speed = 1 })"), "speed"));
  CHECK(has(mistake_in(R"({ wait = "soon" })"),
            "option \"wait\": \"soon\" is no duration such as \"30s\""));
  CHECK(has(mistake_in(R"({ wait = "infinity" })"), "for ever"));
  CHECK(has(mistake_in(R"({ get = "{a", as = "term" })"), "get"));
  CHECK(has(mistake_in(R"({ get = "a", fails = "whatever" })"), "whatever"));
  CHECK(has(mistake_in(R"({ generate = 5, specification = "S", late = 101 })"), "late"));
  CHECK(has(mistake_in(R"({ expect-count = "goats", is = 1 })"), "goats"));
}
