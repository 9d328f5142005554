/// How long minimisation takes, and how much memory, as systems grow.
///
///     bench_bisimulation [--large] [FAMILY | FILE.aut]…
///
/// Families of systems (see `system_families.hpp`) in four sizes that double, up to some 100,000
/// states, with `--large` up to a million; all, or those that are named; and Aldebaran files.
///
/// Each row has the time per transition in nanoseconds. `/log2 n` is that divided by log2 n, which
/// stays what it is where the time is in O(m log n) and the processor's caches suffice. `/sorting`
/// is the time divided by that of sorting the same edges by target, shuffled before, in the same
/// run: a limit for what follows edges, and one that depends on the caches in the same way.
/// `bytes/edge` is the peak of the process's memory, the system itself (12 bytes) included; each
/// row is a process of its own.

#include "bench/support/system_families.hpp"
#include "model/bisimulation/aut_reader.hpp"
#include "model/bisimulation/label_table.hpp"
#include "model/bisimulation/minimisation.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace lockstep;

namespace {

double seconds_now() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

/// Runs a call in a process of its own. @returns its peak of memory in bytes.
double peak_of(const std::function<void()>& call) {
  std::fflush(stdout);
  const auto child = fork();
  if (child == 0) {
    call();
    std::fflush(stdout);
    std::_Exit(EXIT_SUCCESS);
  }
  int status = 0;
  rusage used{};
  if (child < 0 || wait4(child, &status, 0, &used) != child || status != 0) {
    std::cerr << "a case failed\n";
    std::exit(EXIT_FAILURE);
  }
  return static_cast<double>(used.ru_maxrss) * 1024.0;
}

double seconds_to_sort(std::vector<lts::edge> edges) {
  std::ranges::shuffle(edges, std::mt19937(1));
  const auto begin = seconds_now();
  std::ranges::sort(edges, {}, &lts::edge::to);
  return seconds_now() - begin;
}

/// @param edges How many the system has.
void minimise(const std::string& name, double edges, const std::function<lts()>& make,
              double base) {
  const auto peak = peak_of([&] {
    auto system = make();
    const auto sorting = seconds_to_sort(system.edges);
    const auto states = static_cast<double>(system.state_count);
    const auto begin = seconds_now();
    const auto smallest = minimise_branching(std::move(system));
    const auto taken = seconds_now() - begin;
    std::printf("%-24s %9.0f %10.0f %9u %9.3f %9.0f %9.1f %9.1f", name.c_str(), states, edges,
                smallest.system.state_count, taken, taken * 1e9 / edges,
                taken * 1e9 / edges / std::log2(states), taken / sorting);
  });
  std::printf(" %10.0f\n", (peak - base) / edges);
}

lts read_file(const std::string& path) {
  std::ifstream in(path);
  label_table labels;
  auto system = read_aut(in, labels, {path, std::filesystem::file_size(path)});
  if (!system) {
    std::cerr << system.error().message << '\n';
    std::_Exit(EXIT_FAILURE);
  }
  return std::move(*system);
}

void minimise_file(const std::string& path, double base) {
  // Only the header: what this process has in memory counts for its children.
  double edges = 0;
  std::ifstream in(path);
  in.ignore(std::numeric_limits<std::streamsize>::max(), ',');
  in >> edges;
  double seconds = 0;
  const auto reading = peak_of([&] {
    const auto begin = seconds_now();
    const auto system = read_file(path);
    seconds = seconds_now() - begin;
    std::printf("%s: %.1f million transitions read a second", path.c_str(), edges / seconds / 1e6);
  });
  std::printf(", peak %.0f bytes a transition\n", (reading - base) / edges);
  minimise(
      path.substr(path.find_last_of('/') + 1), edges, [&] { return read_file(path); }, base);
}

} // namespace

int main(int argc, char** argv) {
  std::vector<std::string> chosen(argv + 1, argv + argc);
  const bool large = std::erase(chosen, "--large") != 0;
  const bool all = chosen.empty();
  const auto base = peak_of([] { static_cast<void>(minimise_branching(bench::tau_chain(10))); });
  std::printf("%-24s %9s %10s %9s %9s %9s %9s %9s %10s\n", "system", "states", "edges", "minimised",
              "seconds", "ns/edge", "/log2 n", "/sorting", "bytes/edge");
  const auto grow = [&](const bench::family& one) {
    if (std::erase(chosen, one.name) == 0 && !all)
      return;
    for (lts::state n = large ? 125'000 : 12'500, i = 0; i < 4; n *= 2, ++i)
      minimise(
          one.name, static_cast<double>(one.make(n).edges.size()), [&] { return one.make(n); },
          base);
  };
  std::ranges::for_each(bench::hard_families, grow);
  std::ranges::for_each(bench::common_families, grow);
  for (const auto& file : chosen)
    minimise_file(file, base);
}
