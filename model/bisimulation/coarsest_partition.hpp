#pragma once

#include "model/bisimulation/bunch_refinement.hpp"
#include "model/bisimulation/lts.hpp"
#include "model/bisimulation/signature_refinement.hpp"

#include <cstdint>
#include <vector>

namespace lockstep {

/// Signatures are two to five times as fast as bunches and take half of the memory, as long as
/// their rounds do not visit the same states again and again. Common systems need 2 to 11 visits of
/// each state and edge, whatever their size; where signatures are bad, on some ladders of internal
/// steps, the number grows with the size and soon is in the thousands. So they are given up at this
/// number, and all in all the time is in O(m log n).
inline constexpr std::uint64_t most_visits = 24;

/// Refines until the partition is the coarsest branching bisimulation or the predicate holds of it,
/// in O(m log n) time for m edges and n states. Internal to `model/bisimulation/`.
///
/// @param system Every tau edge leads from a larger state to a smaller one. Its edges may get
/// sorted.
/// @param signatures Its memory is used.
/// @param is_enough Takes a `const signature_refinement&` or a `const bunch_refinement&`; what
/// holds
///        once must hold ever after.
/// @returns what `result_of`, which takes the same, says of the last partition.
template <class Predicate, class Result>
auto refine_until(lts& system, signature_refinement& signatures, Predicate is_enough,
                  Result result_of) {
  const auto budget = most_visits * (system.state_count + system.edges.size());
  signatures.start(system);
  while (signatures.visits() <= budget) {
    if (is_enough(signatures) || !signatures.refine())
      return result_of(signatures);
  }
  signatures = {}; // their memory is needed now
  sort_edges(system);
  bunch_refinement bunches(system);
  while (!is_enough(bunches) && bunches.refine()) {
    // nop
  }
  return result_of(bunches);
}

/// The coarsest branching bisimulation of a system whose cycles of internal steps were collapsed.
/// @param system As above.
/// @param state_of Which of the system's states each state of the original became.
/// @returns for each of the system's states the number of its class, `0 … n - 1`, in order of the
///          classes' first states in the original.
[[nodiscard]] std::vector<lts::state> coarsest_classes(lts& system,
                                                       const std::vector<lts::state>& state_of);

} // namespace lockstep
