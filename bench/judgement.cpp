/// How long it takes to judge an unknown step, explanation included, by the transitions of both
/// systems together: what a shard may do itself must take less than 10 ms. The first judgement
/// prepares the check, later ones use it. Counters: the slowest of each, `first_ms` and `next_ms`;
/// `told`, the part of the deviations that an experiment explains; `slowest`, the kind of the
/// slowest step: 0 an unheard action, 1 a known one, 2 an internal step.

#include "model/workflow/judgement.hpp"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

using namespace lockstep;

namespace {

enum shape : std::int64_t {
  /// One step after the other.
  chain,
  /// Two actions in any order, so many of each.
  grid,
  /// Five steps from each state, to states at random; two actions.
  random_steps,
  /// Internal steps that each lose one choice.
  ladder,
  /// Like `random_steps`, but half of the steps are internal.
  random_internal,
  /// One step after the other, all alike but the last.
  echo,
  /// A choice between many equal steps, each to a state with an action of its own.
  fan,
};

std::string name(std::int64_t number) { return "s" + std::to_string(number); }

std::vector<transition> transitions_of(std::int64_t which, std::int64_t count) {
  std::vector<transition> made;
  std::uint64_t state = 1;
  const auto random = [&](std::int64_t below) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::int64_t>((state >> 33U) % static_cast<std::uint64_t>(below));
  };
  const std::string tau{internal_action};
  for (std::int64_t i = 0; std::ssize(made) < count; ++i)
    switch (which) {
    case chain:
      made.push_back({name(i), "a" + std::to_string(i % 7), name(i + 1)});
      break;
    case grid: {
      const auto width = std::max<std::int64_t>(2, count / 40);
      made.push_back({name(i), "a", name(i + 1)});
      made.push_back({name(i), "b", name(i + width)});
      break;
    }
    case random_steps:
      made.push_back({name(i / 5), i % 2 == 0 ? "a" : "b",
                      name(i % 5 == 0 ? i / 5 + 1 : random(count / 5 + 1))});
      break;
    case random_internal:
      made.push_back({name(i / 3), i % 2 == 0 ? tau : std::string(i % 3 == 0 ? "a" : "b"),
                      name(i % 3 == 0 ? i / 3 + 1 : random(count / 3 + 1))});
      break;
    case echo:
      made.push_back({name(i), std::ssize(made) + 1 < count ? "a" : "b", name(i + 1)});
      break;
    case fan:
      made.push_back({name(0), "a", name(i + 1)});
      made.push_back({name(i + 1), "a" + std::to_string(i), name(0)});
      break;
    default:
      made.push_back({name(i), tau, name(i + 1)});
      made.push_back({name(i), "a" + std::to_string(i), "end"});
    }
  return made;
}

/// The time that this thread had a processor: the machine may have other things to do.
double busy_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

void judge(benchmark::State& state) {
  const auto half = transitions_of(state.range(0), state.range(1) / 2);
  auto made = specification::make("Bench", half);
  if (!made) {
    std::cerr << made.error().message << '\n';
    std::exit(EXIT_FAILURE);
  }
  const auto spec = std::make_shared<const specification>(std::move(*made));
  implementation_model model{"Bench", false, {half.begin(), half.end()}};
  model.transitions.insert({"", std::string(initialisation_action), spec->initial_state()});
  const auto shared = std::make_shared<const implementation_model>(std::move(model));
  const auto states = static_cast<std::int64_t>(spec->states().size());
  std::vector<transition> steps;
  for (std::int64_t i = 0; i < 8; ++i) {
    steps.push_back({name(i * states / 8), "unheard", name((i * 5 + 3) % 8 * states / 8)});
    steps.push_back(
        {name(i * states / 8), half.front().action, name((i * 3 + 1) % 8 * states / 8)});
    steps.push_back(
        {name(i * states / 8), std::string(internal_action), name((i * 3 + 2) % 8 * states / 8)});
  }
  std::erase_if(steps, [&](const auto& one) { return shared->transitions.contains(one); });
  const auto timed = [](question asked, double& slowest) {
    const auto begin = busy_ms();
    auto given = answer_to(std::move(asked));
    slowest = std::max(slowest, busy_ms() - begin);
    return given;
  };
  double first = 0;
  double next = 0;
  double slowest = 0;
  double deviations = 0;
  double told = 0;
  for (auto _ : state)
    for (const auto& step : steps) {
      const auto before = next;
      auto given = timed({spec, shared, nullptr, nullptr, step}, first);
      timed({spec, shared, given.asked.minimised, given.asked.check, step}, next);
      if (next > before)
        slowest = step.action == "unheard" ? 0 : step.action == internal_action ? 2 : 1;
      if (!given.found.explanation.empty())
        ++deviations;
      const auto& data = given.found.explanation;
      if (data.contains("experiment")
          && data.at("why").as_binary()->find("not known") == std::string_view::npos)
        ++told;
    }
  state.counters["slowest"] = slowest;
  state.counters["told"] = deviations == 0 ? 1 : told / deviations;
  state.counters["first_ms"] = first;
  state.counters["next_ms"] = next;
}

} // namespace

BENCHMARK(judge)
    ->ArgNames({"shape", "transitions"})
    ->ArgsProduct({{chain, grid, random_steps, ladder, random_internal, echo, fan},
                   {20, 50, 100, 200, 500, 1'000, 2'000, 5'000, 20'000}})
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1);
