#pragma once

#include "model/term/term.hpp"
#include "model/time.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace lockstep {

/// One observed step of a workflow instance, as an input source reports it.
struct event {
  /// Names this step once and for all, so that reading the same source again records nothing
  /// twice. Bytes; never empty. By default the source's name, ':' and `offset`.
  std::string operation_id;
  /// The instance that made the step.
  term identifier;
  std::string action;
  /// The state that the instance is in after the step.
  std::string to_state;
  /// When the step happened; nothing if the source does not say.
  std::optional<timestamp> at;
  /// The line that the record starts on, from 1.
  std::uint64_t line = 0;
  /// Offset in bytes of that line's first byte.
  std::uint64_t offset = 0;

  friend bool operator==(const event&, const event&) = default;
};

} // namespace lockstep
