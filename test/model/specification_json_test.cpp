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

/// Refuses the value at the pointer, which the message has; returns the reason.
std::string refusal_at(std::string_view pointer, std::string_view text) {
  const auto refused = refusal(text);
  CHECK(refused.context.at("pointer") == term(pointer));
  const auto prefix = "s.json, " + (pointer.empty() ? "the document" : std::string(pointer)) + ": ";
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
  CHECK(contains(refusal_at("", with(R"("prune_timeout": 1e999)")), "1e999"));
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
    const auto limit = [] {
      return *rc::gen::arbitrary<bool>() ? time_limit{duration(*rc::gen::positive<std::int64_t>())}
                                         : time_limit{};
    };
    specification_options options;
    options.transition_timeout = limit();
    options.prune_timeout = limit();
    using kind = prunable_states::kind;
    options.prunable_states.which =
        *rc::gen::element(kind::none, kind::all, kind::terminal, kind::listed);
    if (options.prunable_states.which == kind::listed)
      options.prunable_states.states =
          *rc::gen::container<std::vector<std::string>>(test::any_name());
    options.policy.swallowed = *rc::gen::container<std::set<ec>>(
        rc::gen::map(rc::gen::inRange(1, static_cast<int>(last_ec) + 1),
                     [](int code) { return static_cast<ec>(code); }));
    const auto transitions =
        *rc::gen::nonEmpty(rc::gen::container<std::vector<transition>>(test::any_transition()));
    const auto spec = specification::make(*test::any_name(), transitions, options);
    RC_ASSERT(spec.has_value());
    const auto again = parse_specification_json(to_json_text(*spec), "again.json");
    RC_ASSERT(again.has_value());
    RC_ASSERT(*again == *spec);
  }));
}
