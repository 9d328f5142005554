#pragma once

#include "model/term/term.hpp"
#include "model/time.hpp"
#include "model/workflow/verdict.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace lockstep {

/// One recorded step of an instance. The state it starts in is where the step before led to.
struct step {
  std::string action;
  std::string to;
  timestamp at;
  verdict outcome = verdict::conforms;

  friend bool operator==(const step&, const step&) = default;
};

/// A run of a workflow with all that happened to it.
struct instance {
  /// The name of its specification.
  std::string specification;
  /// Unique across all specifications, compared in full.
  term identifier;
  /// Whatever the caller gave when the instance was initialised.
  term meta;
  std::string current_state;
  /// Oldest first; the first one is the initialisation. A mocked instance begins with none.
  std::vector<step> steps;

  friend bool operator==(const instance&, const instance&) = default;
};

/// What a shard keeps of an instance in memory: all but its history.
struct instance_head {
  std::string specification;
  term identifier;
  term meta;
  std::string current_state;
  /// 0 for a mocked instance before its first step.
  std::uint64_t step_count = 0;
  /// Meaningless as long as there are no steps.
  timestamp last_step_at;

  friend bool operator==(const instance_head&, const instance_head&) = default;
};

/// How long ago the last step was; nothing at all for one that lies ahead.
/// @pre The instance has steps.
[[nodiscard]] inline duration idle_time(const instance_head& instance, timestamp now) {
  const auto last = instance.last_step_at.time_since_epoch();
  const auto present = now.time_since_epoch();
  if (present <= last)
    return duration::zero();
  const bool too_long = last < duration::zero() && present > duration::max() + last;
  return too_long ? duration::max() : present - last;
}

/// An instance without its history.
[[nodiscard]] inline instance_head head_of(const instance& whole) {
  return {whole.specification, whole.identifier,
          whole.meta,          whole.current_state,
          whole.steps.size(),  whole.steps.empty() ? timestamp{} : whole.steps.back().at};
}

} // namespace lockstep
