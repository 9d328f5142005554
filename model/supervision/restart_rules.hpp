#pragma once

#include "model/supervision/restart_intensity.hpp"

#include <chrono>
#include <cstddef>

namespace lockstep {

/// When a child that has ended by itself is started again.
enum class restart_type {
  /// Always.
  permanent,
  /// Only after a crash: not if it ended normally or since it was asked to.
  transient,
  /// Never; it is forgotten.
  temporary,
};

/// How an actor ended.
enum class exit_kind {
  /// Normally, or since it was asked to shut down.
  clean,
  /// In any other way.
  crash,
};

/// How often one child may be started again before it is parked.
struct restart_budget {
  /// More than so many restarts within `max_seconds` are too many; 0: not even one is allowed.
  std::size_t max_restarts = 3;
  std::chrono::seconds max_seconds{5};
};

/// What a supervisor does about a child that has ended by itself.
enum class end_verdict {
  /// Starts it again.
  restart,
  /// Leaves it stopped and keeps how it is started.
  keep,
  /// Removes it.
  forget,
  /// Leaves it stopped until somebody starts it: it ended too often.
  park,
  /// Stops all children and ends: they ended too often.
  give_up,
};

/// Decides about a child that has ended by itself, and counts the restart if there is to be one.
///
/// A restart counts against the child's own budget if it has one, else against the intensity of its
/// supervisor: so a child with a budget never makes its supervisor give up, however often it ends.
///
/// @param forget_ended Whether the supervisor keeps no child that has ended for good.
/// @param budget Null: the child has none.
[[nodiscard]] end_verdict judge_end(restart_type type, exit_kind how, bool forget_ended,
                                    restart_intensity* budget, restart_intensity& intensity,
                                    restart_intensity::clock::time_point now);

} // namespace lockstep
