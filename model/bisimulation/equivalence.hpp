#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace lockstep {

/// When two systems count as the same. Strong bisimilarity implies each of the others; branching
/// bisimilarity and the same traces each imply the same weak traces.
enum class equivalence : std::uint8_t {
  /// Branching bisimilarity, what Lockstep judges implementations by: internal steps are invisible
  /// as long as they take no choice away (van Glabbeek and Weijland, JACM 43(3), 1996).
  branching,
  /// Strong bisimilarity: an internal step is an action like any other.
  strong,
  /// The same sequences of actions, internal ones included.
  trace,
  /// The same sequences of visible actions.
  weak_trace,
};

/// As on the command line: `branching`, `strong`, `trace`, `weak-trace`.
[[nodiscard]] std::string_view to_string(equivalence kind) noexcept;
[[nodiscard]] std::optional<equivalence> parse_equivalence(std::string_view name) noexcept;

} // namespace lockstep
