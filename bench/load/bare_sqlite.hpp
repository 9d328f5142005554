#pragma once

#include "bench/load/measurement.hpp"

#include <cstddef>
#include <filesystem>

namespace lockstep::bench {

/// What a loop writes for a step.
enum class step_rows {
  /// The step, and the row of its instance, once a batch.
  step_and_instance,
  /// The step alone: less than any store writes from whose rows one can see where an instance is.
  step_alone
};

/// Loops that write the rows of steps in batches and do nothing else: what a durable store could do
/// at best.
struct bare_loops {
  step_rows rows = step_rows::step_and_instance;
  std::size_t files = 1;
  /// One thread writes to the files in turn, as a client does that waits for each step; otherwise
  /// each file has a thread of its own.
  bool in_turn = false;
  /// Of all files together.
  std::size_t instances = 1;
  /// Steps in a transaction, on average.
  double batch = 1;
  /// The files are made here, and removed.
  std::filesystem::path folder;
};

/// Latencies are those of whole batches.
[[nodiscard]] outcome measure_bare_sqlite(const load_options& options, const bare_loops& loops);

} // namespace lockstep::bench
