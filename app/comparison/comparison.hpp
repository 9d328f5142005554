#pragma once

#include "model/bisimulation/equivalence.hpp"
#include "model/bisimulation/lts.hpp"
#include "model/failure.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace lockstep {

/// How large a system is.
struct system_size {
  std::size_t states = 0;
  std::size_t transitions = 0;
};

/// Pairs of sets of states that a comparison of traces looks at, at most: about half a gigabyte.
inline constexpr std::size_t max_trace_pairs = 4'000'000;

/// What came of comparing two systems.
struct comparison {
  bool equivalent = false;
  /// Of the smallest systems that are strongly bisimilar to the two, or branching bisimilar if the
  /// kind of equivalence does not see internal steps.
  system_size lhs_minimised;
  system_size rhs_minimised;
};

/// Compares the initial states of two systems. Labels of both mean the same.
///
/// Minimises each system before it compares what is left, so both are never held in memory a second
/// time at once.
/// @returns `unavailable` if there are too many sets of states to compare traces.
[[nodiscard]] result<comparison> compare_systems(const lts& lhs, const lts& rhs, equivalence kind);

/// What a verdict means, e.g. "branching bisimilar", to follow "are"; "not branching bisimilar".
[[nodiscard]] std::string verdict_in_words(equivalence kind, bool equivalent);

} // namespace lockstep
