#include "model/workflow/specification_json.hpp"

#include "test/support/workflow_generators.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view order = R"({
  "specification": "Order",
  "transition_timeout": "30s",
  "prune_timeout": "infinity",
  "prunable_states": [
    "paid"
  ],
  "swallow": [
    "impl_model_not_found",
    "deviation_still_equivalent"
  ],
  "transitions": [
    [
      "new",
      "pay",
      "paid"
    ]
  ]
}
)";

/// A specification with one more member, which may replace one.
std::string with(std::string_view member) {
  return R"({"specification": "S", "transitions": [["a", "x", "b"]], )" + std::string(member) + "}";
}

specification read(std::string_view text) {
  auto spec = parse_specification_json(text, "s.json");
  INFO((spec ? "" : spec.error().message));
  REQUIRE(spec);
  return *std::move(spec);
}

failure refusal(std::string_view text) {
  const auto spec = parse_specification_json(text, "s.json");
  INFO(text);
  REQUIRE_FALSE(spec);
  INFO(spec.error().message);
  CHECK(spec.error().code == ec::invalid_specification);
  CHECK(spec.error().context.at("file") == term("s.json"));
  CHECK(spec.error().message.starts_with("s.json, "));
  return spec.error();
}

std::size_t number(const failure& refused, const std::string& key) {
  const auto* value = refused.context.at(key).as_integer();
  REQUIRE(value != nullptr);
  return static_cast<std::size_t>(*value);
}

/// Where the text is refused.
source_position position(std::string_view text) {
  const auto refused = refusal(text);
  return {number(refused, "line"), number(refused, "column")};
}

/// Refuses the value at the pointer, which the message has; returns the reason.
std::string refusal_at(std::string_view pointer, std::string_view text) {
  const auto refused = refusal(text);
  CHECK(refused.context.at("pointer") == term(pointer));
  const auto suffix = pointer.empty() ? "" : " (" + std::string(pointer) + ")";
  const auto prefix =
      describe("s.json", {number(refused, "line"), number(refused, "column")}) + suffix + ": ";
  INFO(refused.message);
  REQUIRE(refused.message.starts_with(prefix));
  return refused.message.substr(prefix.size());
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("a specification is read with all its members", "[specification_json]") {
  const auto spec = read(order);
  CHECK(spec.name() == "Order");
  CHECK(spec.initial_state() == "new");
  CHECK(spec.transitions() == std::vector<transition>{{"new", "pay", "paid"}});
  CHECK(spec.options().transition_timeout == time_limit{30s});
  CHECK_FALSE(spec.options().prune_timeout.has_value());
  CHECK(spec.options().prunable_states == prunable_states{prunable_states::kind::listed, {"paid"}});
  CHECK(spec.options().policy == error_policy{});
}

TEST_CASE("only name and transitions are needed", "[specification_json]") {
  const auto spec = read(R"({"transitions": [["a", "x", "b"]], "specification": "S"})");
  CHECK(spec.options() == specification_options{});
}

TEST_CASE("prunable states may be a word or a list", "[specification_json]") {
  using kind = prunable_states::kind;
  const auto states = [](std::string_view member) {
    return read(with(member)).options().prunable_states;
  };
  CHECK(states(R"("prunable_states": "all")") == prunable_states{kind::all, {}});
  CHECK(states(R"("prunable_states": "terminal")") == prunable_states{kind::terminal, {}});
  CHECK(states(R"("prunable_states": "none")") == prunable_states{kind::none, {}});
  CHECK(states(R"("prunable_states": ["all", "x"])")
        == prunable_states{kind::listed, {"all", "x"}});
  CHECK(states(R"("prunable_states": [])") == prunable_states{kind::listed, {}});
}

TEST_CASE("the swallowed errors replace the default ones", "[specification_json]") {
  CHECK(read(with(R"("swallow": [])")).options().policy.swallowed.empty());
  CHECK(read(with(R"("swallow": ["store_failure"])")).options().policy.swallowed
        == std::set{ec::store_failure});
}

TEST_CASE("text that is no JSON is refused with line and column", "[specification_json]") {
  const auto misspelt = refusal("{\n  \"specification\": Order\n}");
  CHECK(misspelt.context.at("line") == term(2));
  CHECK(misspelt.context.at("column") == term(20));
  CHECK(misspelt.message.starts_with("s.json, line 2, column 20: this is no JSON: "));
  const auto unfinished = refusal("{\n");
  CHECK(unfinished.context.at("line") == term(2));
  CHECK(unfinished.context.at("column") == term(1));
  CHECK(refusal("").context.at("column") == term(1));
  CHECK(refusal("{}}").context.at("column") == term(3));
  CHECK(check_name("message", refusal("{\"a\xFF\": 1}").message));
}

TEST_CASE("numbers too large for JSON are refused", "[specification_json]") {
  const auto text = with("\n \"prune_timeout\":\n  1e999");
  CHECK(contains(refusal(text).message, "1e999"));
  CHECK(position(text) == source_position{3, 3});
}

TEST_CASE("a document of the wrong shape is refused", "[specification_json]") {
  CHECK(contains(refusal_at("", "[]"), "found array"));
  CHECK(contains(refusal_at("", "null"), "found null"));
  CHECK(contains(refusal_at("", R"({"specification": "S"})"), "\"transitions\" is missing"));
  CHECK(contains(refusal_at("", R"({"transitions": []})"), "\"specification\" is missing"));
}

TEST_CASE("unknown and repeated members are refused", "[specification_json]") {
  CHECK(contains(refusal_at("/timeout", with(R"("timeout": "1s")")), "transition_timeout"));
  refusal_at("/a~1b~0", with(R"("a/b~": 1)"));
  CHECK(contains(refusal_at("/specification", with(R"("specification": "T")")), "twice"));
}

TEST_CASE("values of the wrong type are refused where they are", "[specification_json]") {
  refusal_at("/specification", R"({"specification": 1, "transitions": [["a", "x", "b"]]})");
  refusal_at("/transitions", R"({"specification": "S", "transitions": {}})");
  refusal_at("/transitions/0", R"({"specification": "S", "transitions": ["a"]})");
  CHECK(contains(
      refusal_at("/transitions/1",
                 R"({"specification": "S", "transitions": [["a", "x", "b"], ["a", "x"]]})"),
      "found 2 elements"));
  CHECK(contains(
      refusal_at("/transitions/0/1", R"({"specification": "S", "transitions": [["a", 7, "b"]]})"),
      "found number"));
  refusal_at("/transitions/0/0", R"({"specification": "S", "transitions": [[null, "x", "b"]]})");
  refusal_at("/transition_timeout", with(R"("transition_timeout": 30)"));
  refusal_at("/prune_timeout", with(R"("prune_timeout": null)"));
  refusal_at("/prunable_states", with(R"("prunable_states": true)"));
  refusal_at("/prunable_states/1", with(R"("prunable_states": ["a", 1])"));
  refusal_at("/swallow", with(R"("swallow": "store_failure")"));
  refusal_at("/swallow/0", with(R"("swallow": [4])"));
}

TEST_CASE("values that cannot be used are refused where they are", "[specification_json]") {
  refusal_at("/specification", R"({"specification": "", "transitions": [["a", "x", "b"]]})");
  refusal_at("/transitions/0/2", R"({"specification": "S", "transitions": [["a", "x", "b\n"]]})");
  CHECK(contains(
      refusal_at("/transitions/0/1",
                 R"({"specification": "S", "transitions": [["a", "__initialisation__", "b"]]})"),
      "first step"));
  CHECK(contains(refusal_at("/transition_timeout", with(R"("transition_timeout": "30 sec")")),
                 "\"30 sec\" is no duration"));
  refusal_at("/prune_timeout", with(R"("prune_timeout": "99999999999d")"));
  CHECK(contains(refusal_at("/prunable_states", with(R"("prunable_states": "paid")")), "paid"));
  refusal_at("/prunable_states/0", with(R"("prunable_states": [""])"));
  for (const auto* code : {"unknown_error", "", "deviation"})
    refusal_at("/swallow/0", with(R"("swallow": [")" + std::string(code) + "\"]"));
}

TEST_CASE("every refusal says line and column", "[specification_json]") {
  const auto text = [](std::string_view name, std::string_view action, std::string_view rest) {
    return "{\r\n  \"specification\": " + std::string(name)
           + ",\r\n  \"transitions\": [\r\n    [\"ü\", \"x\", \"b\"],\r\n    [\"a\", "
           + std::string(action) + ", \"\\u0062\"]\r\n  ]" + std::string(rest) + "\r\n}\r\n";
  };
  read(text(R"("S")", R"("y")", ""));
  CHECK(position(text("1", R"("y")", "")) == source_position{2, 20});
  CHECK(position(text(R"("S")", "7", "")) == source_position{5, 11});
  CHECK(position(text(R"("S")", R"("__initialisation__")", "")) == source_position{5, 11});
  CHECK(position(text(R"("S")", R"("y")", ",\n \"timeout\" : 1")) == source_position{7, 2});
  CHECK(position(text(R"("S")", R"("y")", ",\n \"specific\\u0061tion\" : \"T\""))
        == source_position{7, 2});
  CHECK(position(text(R"("S")", R"("y")", ",\n \"swallow\" : [\n\"x\"]")) == source_position{8, 1});
  CHECK(position(text(R"("S")", R"("y")", ", \"log\": {\n  \"x\": 1}")) == source_position{7, 3});
  CHECK(position("\n []") == source_position{2, 2});
  CHECK(refusal(text(R"("S")", "7", ""))
            .message.starts_with("s.json, line 5, column 11 (/transitions/1/1): expected "));
}

TEST_CASE("a pointer is shown on one line", "[specification_json]") {
  const auto message = refusal(with(R"("a\nb": 1)")).message;
  CHECK(message.starts_with("s.json, line 1, column 58 (/a\\x0Ab): "));
  CHECK(refusal(with("\"" + std::string(100'000, 'x') + "\": 1")).message.size() < 500);
}

TEST_CASE("errors have a severity each", "[specification_json]") {
  const auto logged =
      read(with(R"("log": {"deviation_not_equivalent": "error", "transition_timeout": "off"})"))
          .options()
          .policy.logged;
  CHECK(logged
        == std::map<ec, severity>{{ec::deviation_not_equivalent, severity::error},
                                  {ec::transition_timeout, severity::off}});
  CHECK(read(with(R"("log": {})")).options().policy == error_policy{});
  refusal_at("/log", with(R"("log": ["error"])"));
  refusal_at("/log/deviation", with(R"("log": {"deviation": "error"})"));
  refusal_at("/log/store_failure", with(R"("log": {"store_failure": 1})"));
  CHECK(contains(refusal_at("/log/store_failure", with(R"("log": {"store_failure": "loud"})")),
                 "no severity"));
  CHECK(contains(refusal_at("/log/store_failure",
                            with(R"("log": {"store_failure": "error", "store_failure": "info"})")),
                 "twice"));
  CHECK(contains(refusal_at("/log", with(R"("log": {"store_failure": "error"}, "log": {})")),
                 "twice"));
}

TEST_CASE("log levels are written if there are any", "[specification_json]") {
  specification_options options;
  CHECK_FALSE(contains(to_json_text(specification::make("S", {{"a", "x", "b"}}).value()), "log"));
  options.policy.logged = {{ec::store_failure, severity::error}};
  CHECK(contains(to_json_text(specification::make("S", {{"a", "x", "b"}}, options).value()),
                 "  \"log\": {\n    \"store_failure\": \"error\"\n  },\n  \"transitions\""));
}

TEST_CASE("a transition that is there twice counts once", "[specification_json]") {
  CHECK(read(R"({"specification": "S",
                 "transitions": [["a", "x", "b"], ["b", "y", "a"], ["a", "x", "b"]]})")
            .transitions()
        == std::vector<transition>{{"a", "x", "b"}, {"b", "y", "a"}});
}

TEST_CASE("a specification without transitions has no initial state", "[specification_json]") {
  CHECK(contains(refusal_at("/transitions", R"({"specification": "S", "transitions": []})"),
                 "no initial state"));
}

TEST_CASE("a document nested ever so deep is only wrong", "[specification_json]") {
  refusal(std::string(200'000, '['));
  refusal_at("/transitions/0", R"({"specification": "S", "transitions": [)"
                                   + std::string(200'000, '[') + std::string(200'000, ']') + "]}");
}

TEST_CASE("a specification is written with all its members", "[specification_json]") {
  CHECK(to_json_text(read(order)) == order);
}

TEST_CASE("each specification is read back as it was written", "[specification_json]") {
  CHECK(rc::check([] {
    const auto spec = *test::any_specification();
    const auto again = parse_specification_json(to_json_text(spec), "again.json");
    RC_ASSERT(again.has_value());
    RC_ASSERT(*again == spec);
  }));
}
