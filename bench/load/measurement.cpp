#include "bench/load/measurement.hpp"

#include "bench/support/process_usage.hpp"

#include <algorithm>
#include <stdexcept>
#include <thread>
#include <vector>

namespace lockstep::bench {

namespace {

std::chrono::nanoseconds nanoseconds_of(double seconds) {
  return std::chrono::nanoseconds{static_cast<std::int64_t>(seconds * 1e9)};
}

outcome measure_once(const load_options& options, const load& clients,
                     const std::function<counters()>& read) {
  window when;
  when.from = bench_clock::now() + nanoseconds_of(options.warm_up);
  when.until = when.from + nanoseconds_of(options.seconds);
  const auto wait = clients(when);
  std::this_thread::sleep_until(when.from);
  const auto before = read();
  std::this_thread::sleep_until(when.until);
  const auto after = read();
  outcome found;
  found.seen = wait();
  if (!found.seen.error.empty())
    throw std::runtime_error{found.seen.error};
  if (found.seen.steps == 0)
    throw std::runtime_error{"no request was answered in time; give more time with --seconds"};
  const auto node = after.node_processor - before.node_processor;
  const auto own = after.own_processor - before.own_processor;
  found.seconds = options.seconds;
  found.processor_us = static_cast<double>((own + node).count());
  found.node_processor_us = static_cast<double>(node.count());
  found.commits = after.commits - before.commits;
  return found;
}

} // namespace

void tally::add(const tally& other) {
  latency.add(other.latency);
  steps += other.steps;
  if (error.empty())
    error = other.error;
}

outcome measure(const load_options& options, const load& clients,
                const std::function<counters()>& read) {
  std::vector<outcome> runs;
  for (std::size_t i = 0; i < options.repeat; ++i)
    runs.push_back(measure_once(options, clients, read));
  std::ranges::sort(runs, {}, &outcome::rate);
  return runs[runs.size() / 2];
}

counters own_counters() { return {processor_time(), {}, 0}; }

} // namespace lockstep::bench
