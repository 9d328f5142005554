#pragma once

#include "model/term/term.hpp"
#include "model/time.hpp"
#include "model/workflow/instance.hpp"
#include "model/workflow/verdict.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace lockstep {

/// An instance as the store knows it, without its history.
struct stored_instance {
  instance_head head;
  /// When it becomes late; nothing if it has no deadline or was reported already.
  std::optional<timestamp> deadline;
  /// How often it was late.
  std::uint64_t times_late = 0;

  friend bool operator==(const stored_instance&, const stored_instance&) = default;
};

/// A step that an operation id stands for.
struct recorded_operation {
  std::uint64_t step_number = 0;
  verdict outcome = verdict::conforms;
  /// Whose step it was; nothing if it was recorded by a version that did not keep it.
  std::optional<term> identifier{};

  friend bool operator==(const recorded_operation&, const recorded_operation&) = default;
};

/// An operation as a store remembers it.
struct stored_operation {
  std::string id;
  recorded_operation recorded;
  /// When its step was made.
  timestamp at;

  friend bool operator==(const stored_operation&, const stored_operation&) = default;
};

} // namespace lockstep
