#include "model/workflow/specification_check.hpp"

#include "test/support/workflow_generators.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <set>

using namespace lockstep;

namespace {

using kind = specification_finding::kind;
using finding = std::pair<kind, std::string>;

std::vector<finding> findings(std::vector<transition> transitions, prunable_states states = {}) {
  specification_options options;
  options.prunable_states = std::move(states);
  std::vector<finding> found;
  for (const auto& one :
       check_specification(specification::make("S", std::move(transitions), options).value())) {
    CHECK_FALSE(one.at);
    found.emplace_back(one.what, one.state);
  }
  return found;
}

} // namespace

TEST_CASE("a sound specification has no findings", "[specification_check]") {
  CHECK(findings({{"a", "x", "b"}, {"b", "y", "a"}, {"b", "z", "c"}},
                 {prunable_states::kind::listed, {"c", "a"}})
            .empty());
  CHECK(findings({{"a", "x", "a"}}, {prunable_states::kind::all, {}}).empty());
}

TEST_CASE("a specification without transitions is found", "[specification_check]") {
  CHECK(findings({}) == std::vector<finding>{{kind::no_initial_state, ""}});
  CHECK(check_specification(specification::make("S", {}).value()).front().message
        == "specification \"S\" has no transition and so no initial state; add at least one");
}

TEST_CASE("states that cannot be reached are found", "[specification_check]") {
  CHECK(findings({{"a", "x", "b"}, {"d", "x", "c"}, {"c", "x", "d"}, {"e", "x", "a"}})
        == std::vector<finding>{
            {kind::orphan_state, "d"}, {kind::orphan_state, "c"}, {kind::orphan_state, "e"}});
  CHECK(check_specification(specification::make("S", {{"a", "x", "b"}, {"c", "x", "b"}}).value())
            .front()
            .message
        == "state \"c\" of specification \"S\" cannot be reached from the initial state \"a\"; add "
           "a transition to it or remove it");
}

TEST_CASE("prunable states that no transition has are found once", "[specification_check]") {
  CHECK(findings({{"a", "x", "b"}, {"c", "x", "a"}},
                 {prunable_states::kind::listed, {"lost", "c", "gone", "lost"}})
        == std::vector<finding>{{kind::orphan_state, "c"},
                                {kind::unknown_prunable_state, "lost"},
                                {kind::unknown_prunable_state, "gone"}});
}

TEST_CASE("orphans are what no path from the initial state has", "[specification_check]") {
  CHECK(rc::check([] {
    const auto state = rc::gen::element<std::string>("a", "b", "c", "d", "e", "f");
    const auto spec =
        specification::make(
            "S",
            *rc::gen::nonEmpty(rc::gen::container<std::vector<transition>>(
                rc::gen::construct<transition>(state, rc::gen::just<std::string>("x"), state))))
            .value();
    std::set<std::string> reached{spec.initial_state()};
    for (std::size_t round = 0; round < spec.states().size(); ++round) {
      for (const auto& step : spec.transitions()) {
        if (reached.contains(step.from))
          reached.insert(step.to);
      }
    }
    const auto found = check_specification(spec);
    RC_ASSERT(found.size() == spec.states().size() - reached.size());
    RC_ASSERT(
        std::ranges::none_of(found, [&](const auto& one) { return reached.contains(one.state); }));
  }));
}
