#pragma once

#include "model/bisimulation/lts.hpp"
#include "model/bisimulation/side.hpp"
#include "model/failure.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace lockstep {

/// Do internal steps show in traces?
enum class internal_steps : std::uint8_t {
  /// Weak traces: only the other steps do.
  invisible,
  /// They are an action like any other, `lts::tau` in a trace.
  visible,
};

/// What tells the traces of two systems apart.
struct trace_difference {
  /// At least one label. Both systems can do all but the last one, in some way.
  std::vector<lts::label> trace;
  /// The only one that can do the whole trace.
  side able;
  friend bool operator==(const trace_difference&, const trace_difference&) = default;
};

/// How much a search for a trace difference may look at.
struct trace_search_limits {
  /// Pairs of sets of states that traces lead to.
  std::size_t pairs;
  /// States in all these sets together.
  std::size_t stored_states;
  /// States and edges that are looked at.
  std::size_t work;

  /// Sets are small as a rule: one state for each way in which the system may have resolved its
  /// choices. Limits in proportion keep few large sets from exhausting the memory.
  [[nodiscard]] static constexpr trace_search_limits of_pairs(std::size_t pairs) {
    return {pairs, 16 * pairs, 512 * pairs};
  }
};

/// A shortest trace of one system that is no trace of the other; nothing if both have the same
/// traces from their initial states. Labels of both mean the same.
///
/// Takes time and memory in proportion to the sets of states that traces lead to, which may be
/// exponentially many; never stack.
///
/// @param max_explored Pairs of such sets that are looked at, at most, as `of_pairs` says.
/// @returns `unavailable` if the systems need more than that.
[[nodiscard]] result<std::optional<trace_difference>>
shortest_trace_difference(const lts& lhs, const lts& rhs, internal_steps treated,
                          std::size_t max_explored);

/// The same for two states of one system, which is searched as it is, not minimised first: fast for
/// systems that are small already, and for most differences that are near. `lhs` is the side of the
/// first state.
[[nodiscard]] result<std::optional<trace_difference>>
shortest_trace_difference(const lts& system, lts::state lhs, lts::state rhs, internal_steps treated,
                          const trace_search_limits& limits);

} // namespace lockstep
