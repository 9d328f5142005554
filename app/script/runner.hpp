#pragma once

#include "actors/instance_manager.hpp"
#include "actors/keyed/keyed_shards.hpp"
#include "app/script/script.hpp"

#include <filesystem>
#include <functional>
#include <ostream>
#include <span>
#include <vector>

namespace lockstep {

/// What a script's run came to.
struct script_outcome {
  /// Expectations that did not hold, and calls that failed without being expected to.
  std::size_t failures = 0;
  std::size_t expectations = 0;
  /// Stopped by a signal before its end: a call was cut short, or not made.
  bool interrupted = false;
};

/// What a script is run with.
struct script_environment {
  const instance_manager& manager;
  /// Where relative paths in the script start.
  std::filesystem::path folder;
  /// Waits for so long, or until a signal arrives; then returns false.
  std::function<bool(duration)> wait;
  /// Did a signal arrive? The script ends before its next call, or between two batches of
  /// generated steps.
  std::function<bool()> interrupted;
  std::ostream& out;
  /// Is `out` a terminal? There a wait is shown while it lasts.
  bool terminal = false;
  /// Of the node.
  std::span<const keyed_shards> keyed = {};
};

/// Executes the calls one after the other and prints a line or more for each, at once when its
/// result is known: what else is printed in the meantime does not part the line. A call that fails
/// does not stop the script, unless it says so.
[[nodiscard]] script_outcome run_script(const std::vector<script_step>& steps,
                                        const script_environment& environment);

} // namespace lockstep
