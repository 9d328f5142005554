#pragma once

#include "model/bisimulation/adjacency.hpp"
#include "model/bisimulation/lts.hpp"

#include <cstddef>
#include <utility>
#include <vector>

namespace lockstep {

/// Finds the cycles of internal steps: their states are branching bisimilar, and internal steps
/// between them change nothing (van Glabbeek and Weijland, section 5; Groote and Vaandrager, ICALP
/// 1990). Internal to `model/bisimulation/`.
///
/// Tarjan's strongly connected components of the tau edges (SIAM J. Comput. 1(2), 1972) with an
/// explicit stack. A component is complete only after all that it can reach, so components are
/// numbered in reverse topological order: internal steps lead from larger numbers to smaller ones.
/// Can be used again without giving its memory back.
class tau_components {
public:
  /// Begins anew with another system, of which no state is visited yet.
  /// @param out Its edges by source.
  void start(lts::state state_count, const adjacency& out);
  /// Numbers the components of what internal steps from this state lead to.
  void visit(lts::state root);

  [[nodiscard]] lts::state count() const noexcept { return count_; }
  /// @pre The state was visited.
  [[nodiscard]] lts::state of(lts::state state) const noexcept { return component_[state]; }
  /// By state.
  [[nodiscard]] std::vector<lts::state> take() && { return std::move(component_); }

private:
  /// A call of the recursive algorithm: a state and how many of its edges are done.
  struct frame {
    lts::state state;
    std::size_t done;
  };

  void enter(lts::state state);
  void leave(lts::state state);

  const adjacency* out_ = nullptr;
  std::vector<lts::state> index_;
  std::vector<lts::state> low_;
  std::vector<lts::state> component_;
  std::vector<lts::state> open_;
  std::vector<frame> calls_;
  lts::state next_index_ = 0;
  lts::state count_ = 0;
};

/// A system without tau-cycles. Internal to `model/bisimulation/`.
struct collapsed_lts {
  /// No edge twice. Every tau edge leads from a larger state to a smaller one, so ascending order
  /// is a topological order of the internal steps, last ones first.
  lts system;
  /// For each state of the original which one it became.
  std::vector<lts::state> state_of;
};

/// Makes one state of the states on each tau-cycle. Changes the system in its place.
[[nodiscard]] collapsed_lts collapse_tau_cycles(lts system);

} // namespace lockstep
