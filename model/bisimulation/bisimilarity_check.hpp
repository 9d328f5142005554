#pragma once

#include "model/bisimulation/adjacency.hpp"
#include "model/bisimulation/lts.hpp"
#include "model/bisimulation/signature_refinement.hpp"
#include "model/bisimulation/tau_cycles.hpp"

#include <span>
#include <vector>

namespace lockstep {

/// Compares two systems at their initial states, again and again: it keeps its memory, since for
/// small systems getting some takes longer than the comparison. Only what the initial states lead
/// to is looked at, and the check ends as soon as they are separated.
///
/// Not thread-safe: one for each thread.
class bisimilarity_check {
public:
  /// Are the initial states branching bisimilar? Labels of both mean the same.
  [[nodiscard]] bool operator()(const lts& lhs, const lts& rhs) { return (*this)(lhs, {}, rhs); }

  /// The same if `lhs` has more edges than its own.
  /// @param additional May lead to and from states that `lhs` does not have: then all numbers up
  ///        to those are states.
  [[nodiscard]] bool operator()(const lts& lhs, std::span<const lts::edge> additional,
                                const lts& rhs);

private:
  void join(const lts& lhs, std::span<const lts::edge> additional, const lts& rhs);
  void find_reachable(lts::state first, lts::state second);
  void collapse();

  /// Both side by side; the states of the second system come after those of the first.
  lts joined_;
  adjacency out_;
  std::vector<bool> is_reached_;
  std::vector<lts::state> reached_;
  tau_components components_;
  /// What is reached, without cycles of internal steps.
  lts collapsed_;
  signature_refinement partition_;
};

} // namespace lockstep
