#pragma once

#include <cstdint>
#include <string_view>

namespace lockstep {

/// What the observation of a step says about its implementation. Part of the format on disk: append
/// only, never renumber.
enum class verdict : std::uint8_t {
  /// The model has the transition.
  conforms = 0,
  /// The transition was new and is now part of the model.
  learned = 1,
  /// The transition is unknown; with it, the model would be branching bisimilar to its
  /// specification.
  deviation_still_equivalent = 2,
  /// The transition is unknown; with it, the model would not do what its specification says.
  deviation_not_equivalent = 3,
};

/// The verdict's name as it is written in logs, JSON and scripts, e.g. `learned`.
[[nodiscard]] std::string_view to_string(verdict outcome) noexcept;

} // namespace lockstep
