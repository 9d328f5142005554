#pragma once

#include "bench/load/options.hpp"
#include "bench/support/latency_histogram.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace lockstep::bench {

using bench_clock = std::chrono::steady_clock;

/// When answers count; clients stop asking at its end.
struct window {
  bench_clock::time_point from;
  bench_clock::time_point until;
};

/// What clients saw within the window.
struct tally {
  latency_histogram latency;
  std::uint64_t steps = 0;
  /// The first error; the figures are worthless then.
  std::string error;

  /// A request for some steps was answered just now.
  void answered(bench_clock::time_point sent, bench_clock::time_point now, const window& when,
                std::uint64_t count = 1) {
    if (now < when.from || now >= when.until)
      return;
    latency.add(now - sent);
    steps += count;
  }

  void add(const tally& other);
};

/// What is read when the window begins and when it ends.
struct counters {
  /// Of this process, and of the node if that is another one.
  std::chrono::microseconds own_processor{};
  std::chrono::microseconds node_processor{};
  std::uint64_t commits = 0;
};

struct outcome {
  tally seen;
  double seconds = 0;
  double processor_us = 0;
  /// The share of another process in that.
  double node_processor_us = 0;
  std::uint64_t commits = 0;

  [[nodiscard]] double rate() const { return static_cast<double>(seen.steps) / seconds; }
  [[nodiscard]] double per_step(double total) const {
    return seen.steps == 0 ? 0 : total / static_cast<double>(seen.steps);
  }
  /// Steps in a commit; 0 if nothing was committed.
  [[nodiscard]] double batch() const {
    return commits == 0 ? 0 : static_cast<double>(seen.steps) / static_cast<double>(commits);
  }
};

/// Starts clients and returns at once; what it returns waits for their end.
using load = std::function<std::function<tally()>(const window&)>;

/// Puts load on something for as long as the options say. @throws std::runtime_error if a request
/// failed, or none was answered.
[[nodiscard]] outcome measure(const load_options& options, const load& clients,
                              const std::function<counters()>& read);

/// The counters of something in this process that commits nothing.
[[nodiscard]] counters own_counters();

} // namespace lockstep::bench
