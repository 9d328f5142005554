#include "model/bisimulation/explanation.hpp"
#include "model/bisimulation/explanation_json.hpp"
#include "model/bisimulation/system_runs.hpp"

#include "test/support/experiment_checker.hpp"
#include "test/support/random_systems.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>
#include <rapidcheck.h>

#include <set>

using namespace lockstep;
using namespace lockstep::test;

namespace {

constexpr lts::label tau = lts::tau;
constexpr lts::label a = 1;
constexpr lts::label b = 2;
constexpr lts::label c = 3;
constexpr std::size_t no_limit = 1'000'000;

/// A way of `a` to an action, beside as many states that do nothing but `a` for ever.
lts with_company(lts::state length, lts::label last) {
  lts system{2 * length + 2, 0, {{length, last, length + 1}}};
  for (lts::state i = 0; i < length; ++i) {
    const auto other = length + 2 + i;
    system.edges.push_back({i, a, i + 1});
    system.edges.push_back({other, a, other});
    system.edges.push_back({i == 0 ? 0 : other - 1, tau, other});
  }
  return system;
}

} // namespace

TEST_CASE("a run has its trace and is the shortest one", "[system_runs]") {
  const lts system{5, 0, {{0, tau, 1}, {1, tau, 2}, {2, a, 3}, {0, a, 4}, {4, tau, 3}, {3, b, 0}}};
  const run_finder runs(system);
  const std::vector<lts::label> trace{a, b};
  CHECK(runs.with_trace(0, trace, no_limit)
        == std::vector<lts::edge>{{0, a, 4}, {4, tau, 3}, {3, b, 0}});
  CHECK(runs.states_after(0, std::vector{a}, no_limit) == std::vector<lts::state>{4, 3});
  CHECK(runs.with_trace(0, std::vector{b}, no_limit) == std::nullopt);
  CHECK(runs.states_after(0, std::vector{b}, no_limit).empty());
}

TEST_CASE("a search within a limit finds the same or nothing", "[system_runs][law]") {
  CHECK(rc::check([] {
    const auto system = *any_system(6);
    const auto trace = *rc::gen::container<std::vector<lts::label>>(
        *rc::gen::inRange<std::size_t>(0, 4), rc::gen::inRange<lts::label>(1, 3));
    const auto max_work = *rc::gen::inRange<std::size_t>(0, 40);
    const run_finder runs(system);
    const auto run = runs.with_trace(system.initial, trace, no_limit);
    const auto states = runs.states_after(system.initial, trace, no_limit);
    RC_ASSERT(run.has_value() == !states.empty());
    RC_ASSERT(std::set(states.begin(), states.end()).size() == states.size());
    if (run && !run->empty()) {
      std::vector<lts::label> visible;
      for (const auto& edge : *run) {
        if (edge.action != tau)
          visible.push_back(edge.action);
      }
      RC_ASSERT(visible == trace);
      RC_ASSERT(std::ranges::find(states, run->back().to) != states.end());
    }
    const auto limited = runs.with_trace(system.initial, trace, max_work);
    if (limited)
      RC_ASSERT(limited == run);
    const auto fewer = runs.states_after(system.initial, trace, max_work);
    RC_ASSERT(fewer.empty() || fewer == states);
  }));
}

TEST_CASE("the work for a run grows with what it leads through at once", "[system_runs]") {
  const run_finder runs(with_company(100, b));
  std::vector<lts::label> trace(100, a);
  trace.push_back(b);
  // 100 states for each of 100 actions, with some three edges each.
  CHECK(runs.with_trace(0, trace, 100'000));
  CHECK_FALSE(runs.with_trace(0, trace, 10'000));
  CHECK(runs.states_after(0, trace, 100'000).size() == 1);
  CHECK(runs.states_after(0, trace, 10'000).empty());
}

TEST_CASE("a difference is told without the run that takes too long to find", "[explanation]") {
  label_table labels;
  for (const auto* name : {"a", "b", "c"})
    static_cast<void>(labels.of(name));
  const compared_systems systems{{with_company(2'000, b), {}},
                                 {with_company(2'000, c), {}},
                                 "the specification",
                                 "the implementation"};
  const auto why =
      explain_difference(systems.lhs.system, systems.rhs.system, equivalence::branching);
  const auto& experiment = std::get<trace_experiment>(why.experiment);
  CHECK(experiment.difference.trace.size() == 2'001);
  CHECK(experiment.run.steps.empty());
  CHECK(experiment.others.empty());
  const auto told = in_words(why, systems, labels);
  CHECK_THAT(told, Catch::Matchers::ContainsSubstring("`b`; the implementation cannot"));
  CHECK_THAT(told, !Catch::Matchers::ContainsSubstring("  the"));
  const auto data = to_json(why, systems, labels).at("experiment");
  CHECK(data.at("run").is_null());
  CHECK(data.at("other").is_null());
  CHECK(data.at("action") == "b");
}

TEST_CASE("what an explanation tells within a limit is right", "[explanation][law]") {
  int runs = 0;
  int left_out = 0;
  CHECK(rc::check([&] {
    const auto lhs = *any_system(6);
    const auto rhs = *any_system(6);
    for (const std::size_t max_work : {0, 2, 4, 8, 16, 32}) {
      const auto why = explain_difference(lhs, rhs, equivalence::branching,
                                          explanation_limits{.max_run_work = max_work});
      const auto* experiment = std::get_if<trace_experiment>(&why.experiment);
      if (experiment == nullptr)
        return;
      if (experiment->run.steps.empty() || experiment->others.empty())
        ++left_out;
      else
        RC_ASSERT(experiment_checker(lhs, rhs, equivalence::branching).check(*experiment) == "");
      runs += !experiment->run.steps.empty();
    }
  }));
  CHECK(runs > 10);
  CHECK(left_out > 10);
}
