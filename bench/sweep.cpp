/// How long a shard is busy with one slice of pruning or deleting, or of freeing the long histories
/// of what was deleted: the figure to compare is 10 ms,
/// what a caller may have to wait at most. Counters: `slices`, `median_ms`, `max_ms`, and `limits`,
/// the slowest slice in units of 10 ms.

#include "model/workflow/specification.hpp"
#include "persistence/ledger.hpp"
#include "persistence/sqlite/sqlite_store.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <vector>

#include <benchmark/benchmark.h>

using namespace lockstep;

namespace {

constexpr double limit_ms = 10.0;

template <class T>
T must(result<T> outcome) {
  if (!outcome) {
    std::cerr << outcome.error().message << '\n';
    std::exit(EXIT_FAILURE);
  }
  if constexpr (!std::is_void_v<T>)
    return std::move(*outcome);
}

ledger filled_ledger(const std::filesystem::path& file, std::int64_t instances,
                     std::int64_t steps) {
  specification_options options;
  options.prune_timeout = std::chrono::seconds{1};
  options.prunable_states.which = prunable_states::kind::all;
  specification_catalog catalog;
  catalog.emplace("Order", std::make_shared<specification>(must(
                               specification::make("Order", {{"new", "touch", "new"}}, options))));
  implementation_model model{
      "Order", false, {{"", std::string(initialisation_action), "new"}, {"new", "touch", "new"}}};
  auto books = must(ledger::open(must(sqlite::open_store(file, {1, 1})),
                                 std::make_shared<const specification_catalog>(catalog), {model},
                                 ledger_options{}));
  for (std::int64_t i = 0; i < instances; ++i) {
    step_report report{.identifier = i, .action = "touch", .to = "new"};
    report.initialise_as = "Order";
    for (std::int64_t step = 1; step < steps; ++step)
      must(books.step(report, timestamp{}).answer);
    if (books.staged() > 10'000)
      must(books.commit());
  }
  must(books.commit());
  return books;
}

template <class F>
double milliseconds(F work) {
  auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

/// Arguments: instances, steps each, and whether they are pruned or only looked at.
void slices(benchmark::State& state) {
  auto folder = std::filesystem::temp_directory_path() / "lockstep-bench-sweep";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  std::vector<double> times;
  for (auto _ : state) {
    auto books = filled_ledger(folder / "shard.sqlite", state.range(0), state.range(1));
    auto now = timestamp{state.range(2) != 0 ? std::chrono::hours{1} : std::chrono::hours{0}};
    page_request part;
    for (std::optional<std::uint64_t> from = 0; from;)
      times.push_back(milliseconds([&] {
        part.from = *from;
        from = must(books.prune(part, now)).next;
        must(books.commit());
      }));
    for (auto more = true; more;)
      times.push_back(milliseconds([&] { more = must(books.collect(now)); }));
  }
  std::filesystem::remove_all(folder);
  std::sort(times.begin(), times.end());
  state.counters["slices"] = static_cast<double>(times.size());
  state.counters["median_ms"] = times[times.size() / 2];
  state.counters["p99_ms"] = times[times.size() * 99 / 100];
  state.counters["max_ms"] = times.back();
  state.counters["limits"] = times.back() / limit_ms;
}

BENCHMARK(slices)
    ->ArgNames({"instances", "steps", "prunable"})
    ->Args({20'000, 3, 1})
    ->Args({100'000, 3, 0})
    ->Args({2'000, 100, 1})
    ->Args({20, 10'000, 1})
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

} // namespace
