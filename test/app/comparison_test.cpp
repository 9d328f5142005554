#include "app/comparison/comparison.hpp"

#include "app/comparison/recorded_pair.hpp"
#include "model/bisimulation/branching_bisimulation.hpp"

#include "test/support/random_systems.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace lockstep;
using test::any_system;

namespace {

bool same(const lts& lhs, const lts& rhs, equivalence kind) {
  const auto compared = compare_systems(lhs, rhs, kind);
  RC_ASSERT(compared.has_value());
  return compared->equivalent;
}

std::string system_json(const std::string& initial, const std::string& transitions) {
  return R"({"initial": ")" + initial + R"(", "transitions": [)" + transitions + "]}";
}

std::string pair_json(const std::string& a, const std::string& b, const std::string& more = {}) {
  return R"({"a": )" + a + R"(, "b": )" + b + more + R"(, "branching_bisimilar": true})";
}

/// One step with each of the actions against a deadlock: are they all internal?
bool is_internal(const std::string& action, const std::string& more) {
  label_table labels;
  const auto pair = parse_recorded_pair(
      pair_json(system_json("s", R"(["s", ")" + action + R"(", "t"])"), system_json("s", ""), more),
      labels);
  REQUIRE(pair);
  return branching_bisimilar(pair->a.system, pair->b.system);
}

} // namespace

// -- comparing

TEST_CASE("each equivalence implies the coarser ones", "[comparison][law]") {
  int strong = 0;
  CHECK(rc::check([&] {
    const auto lhs = *any_system(4, 1);
    const auto rhs = *any_system(4, 1);
    const auto by = [&](equivalence kind) { return same(lhs, rhs, kind); };
    RC_ASSERT(by(equivalence::branching) == branching_bisimilar(lhs, rhs));
    RC_ASSERT(by(equivalence::strong) == strongly_bisimilar(lhs, rhs));
    if (by(equivalence::strong)) {
      RC_ASSERT(by(equivalence::branching));
      RC_ASSERT(by(equivalence::trace));
      ++strong;
    }
    if (by(equivalence::branching) || by(equivalence::trace))
      RC_ASSERT(by(equivalence::weak_trace));
  }));
  CHECK(strong > 0);
}

TEST_CASE("a comparison tells how small both systems become", "[comparison]") {
  // An internal step first, and a step of another action that nothing reaches.
  const lts lhs{5, 0, {{0, lts::tau, 1}, {1, 1, 2}, {3, 2, 4}}};
  const lts rhs{2, 0, {{0, 1, 1}}};
  const auto branching = compare_systems(lhs, rhs, equivalence::branching);
  REQUIRE(branching);
  CHECK(branching->equivalent);
  CHECK(branching->lhs_minimised.states == 2);
  CHECK(branching->lhs_minimised.transitions == 1);
  const auto strong = compare_systems(lhs, rhs, equivalence::strong);
  REQUIRE(strong);
  CHECK_FALSE(strong->equivalent);
  CHECK(strong->lhs_minimised.states == 3);
  CHECK(strong->rhs_minimised.states == 2);
}

// -- recorded pairs

TEST_CASE("only the action that a pair names is internal", "[comparison]") {
  CHECK(is_internal("__internal__", ""));
  CHECK_FALSE(is_internal("i", ""));
  CHECK_FALSE(is_internal("tau", ""));
  CHECK(is_internal("tau", R"(, "tau": "tau")"));
  CHECK_FALSE(is_internal("__internal__", R"(, "tau": "tau")"));
  CHECK_FALSE(is_internal("i", R"(, "tau": "tau")"));
}

TEST_CASE("states keep their names, and may be in no transition", "[comparison]") {
  label_table labels;
  const auto pair = parse_recorded_pair(
      pair_json(system_json("lonely", R"(["s", "pay", "t"])"), system_json("", "")), labels);
  REQUIRE(pair);
  CHECK(pair->a.state_names == std::vector<std::string>{"lonely", "s", "t"});
  CHECK(pair->a.system.state_count == 3);
  CHECK(pair->b.system.state_count == 1);
  CHECK(pair->branching_bisimilar);
}

TEST_CASE("what is no pair is told with the reason", "[comparison]") {
  const auto message = [](const std::string& text) {
    label_table labels;
    const auto pair = parse_recorded_pair(text, labels);
    REQUIRE_FALSE(pair);
    CHECK(pair.error().code == ec::invalid_input);
    return pair.error().message.substr(0, pair.error().message.find(';'));
  };
  const auto good = system_json("s", "");
  CHECK(message("").starts_with("no JSON at column 1"));
  CHECK(message("3") == "this is no object");
  CHECK(message(R"({"branching_bisimilar": true})") == "\"a\" is missing");
  CHECK(message(R"({"branching_bisimilar": 1})")
        == "\"branching_bisimilar\" is neither true nor false");
  CHECK(message(pair_json("[]", good)) == "\"a\" is no object");
  CHECK(message(pair_json(good, R"({"initial": 1})")) == "b.initial is no string");
  CHECK(message(pair_json(good, R"({"initial": "s"})")) == "b.transitions is missing");
  const auto no_step = "a.transitions[0] is no list of three strings";
  for (const auto* step : {R"(["s", "x"])", R"(["s", "x", "s", "s"])", R"(["s", 1, "s"])", "3",
                           R"(["s", "x", "s", [[1]]])", R"(["s", "x", {"y": {}}])"})
    CHECK(message(pair_json(system_json("s", step), good)) == no_step);
}

TEST_CASE("other members of a pair are ignored, however deep they are", "[comparison]") {
  label_table labels;
  const std::string deep = std::string(1000, '[') + std::string(1000, ']');
  CHECK(parse_recorded_pair(
      pair_json(system_json("s", ""), system_json("s", ""), R"(, "note": )" + deep), labels));
}
