#pragma once

#include "model/bisimulation/adjacency.hpp"
#include "model/bisimulation/lts.hpp"
#include "model/bisimulation/refinement_history.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace lockstep {

/// A move in the branching bisimulation game that all answers to lead to an easier position, one
/// whose states have a lower level: internal steps within the block, then an action. Internal to
/// `model/bisimulation/`.
struct distinguishing_attack {
  struct answer {
    /// Where the defender's internal steps end, and where the action leads.
    lts::state before;
    lts::state after;
    /// The action is internal and the defender makes no step: `after` is `before`.
    bool stands_still;
    /// Which states to compare next: those before the action, or those after it.
    bool differs_before;
    /// Of these states.
    refinement_history::level level;
  };

  /// Whether the first of the two states attacks.
  bool by_first;
  lts::state before;
  lts::label action;
  lts::state after;
  /// All there are, easiest first. None if the defender cannot do the action, now or later.
  std::vector<answer> answers;
};

/// Finds attacks on pairs of states of a system without tau-cycles.
class attack_finder {
public:
  /// @param history Of the same system. Kept, not copied; so is `system`.
  attack_finder(const lts& system, const refinement_history& history);

  /// The attack whose hardest answer is easiest. Of equal ones the one with fewer answers.
  /// @param work Counts down by the edges that are looked at.
  /// @pre The history separates the two.
  /// @returns nothing if `work` does not suffice.
  [[nodiscard]] std::optional<distinguishing_attack> find(lts::state first, lts::state second,
                                                          std::size_t& work);

private:
  /// A move of a state, after internal steps.
  struct move {
    lts::label action;
    /// The block of `after`; for observations only.
    refinement_history::block into;
    lts::state before;
    lts::state after;
  };

  enum class through : std::uint8_t { inert_steps, all_internal_steps };
  /// Visits what internal steps lead to, nearest first.
  void visit(lts::state from, through steps, refinement_history::level level, std::size_t& work);
  /// What only blocks of the partition `level` tell apart, once each, ordered by action and block.
  [[nodiscard]] std::vector<move> observations(lts::state from, refinement_history::level level,
                                               std::size_t& work);
  /// All ways to do something, ordered by action; standing still is not among them.
  [[nodiscard]] std::vector<move> moves(lts::state from, std::size_t& work);
  [[nodiscard]] std::vector<distinguishing_attack::answer>
  answers(const move& attack, lts::state defender, const std::vector<move>& replies) const;

  const refinement_history& history_;
  adjacency edges_;
  /// The states of the last `visit`, and when each was visited last.
  std::vector<lts::state> visited_;
  std::vector<std::uint32_t> visited_at_;
  std::uint32_t visit_ = 0;
};

} // namespace lockstep
