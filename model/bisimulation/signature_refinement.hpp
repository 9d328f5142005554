#pragma once

#include "model/bisimulation/adjacency.hpp"
#include "model/bisimulation/lts.hpp"
#include "model/bisimulation/signature_table.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lockstep {

/// Refines a partition of states into blocks until it is the coarsest branching bisimulation.
/// Internal to `model/bisimulation/`.
///
/// **Signatures.** A round takes the states of a block apart by what they can do: the *signature*
/// of a state is the set of its pairs (action, block of the target). Internal steps within the
/// block are inert: a state with such a step to a state of the new class C has the pair (inert, C)
/// instead and, if C's signature has all its other pairs, belongs to C itself. As C is complete by
/// then (states are visited in topological order of the internal steps), signatures are never
/// copied along inert steps. These are the inductive signatures of Blom and van de Pol,
/// "Distributed Branching Bisimulation Minimization by Inductive Signatures", PDMC 2009.
///
/// At most one class can absorb a state: if both C and D did, each one's signature would have an
/// inert pair with the other, but such a pair leads to an earlier class. So only the last of the
/// classes that inert steps lead to is tried.
///
/// *When no block is taken apart*, each state of a block reaches by inert steps a state with
/// exactly the block's signature, which includes its own: that is a branching bisimulation. *It is
/// the coarsest* because bisimilar states get the same class in each round.
///
/// **Dirty states.** A round visits only states that have an edge into a block that is new since
/// their last visit, and those that reach one by inert steps. The others ("clean" ones) of a block
/// still belong together, and no visited state belongs to them: none of them can do what the
/// visited one got in addition. The largest part keeps the block's number, so that few edges lead
/// into new blocks ("process the smaller half"). The idea of visiting only these: Blom and Orzan,
/// "A Distributed Algorithm for Strong Bisimulation Reduction of State Spaces", STTT 7(1), 2005.
class signature_refinement {
public:
  using block = std::uint32_t;

  /// No states.
  signature_refinement() = default;
  /// Begins with one block.
  /// @pre Every tau edge of `system` leads from a larger state to a smaller one.
  explicit signature_refinement(const lts& system) { start(system); }

  /// Begins anew with another system. Memory is kept.
  void start(const lts& system);

  /// One round. @returns false if the partition was the coarsest branching bisimulation already.
  bool refine();

  /// How often a state or an edge was looked at in all rounds, which takes O(log n) time each.
  [[nodiscard]] std::uint64_t visits() const noexcept { return visits_; }

  [[nodiscard]] block block_of(lts::state state) const noexcept { return block_of_[state]; }

private:
  /// A part of a block: all clean states, or the visited ones of one class. Numbered from 1 in a
  /// round; `clean` are the former.
  using part = std::uint32_t;
  static constexpr part clean = 0;

  /// Where the states of a block are in `members_`.
  struct range {
    lts::state begin;
    lts::state end;
    [[nodiscard]] lts::state size() const noexcept { return end - begin; }
  };

  void mark(lts::state state);
  void mark_what_reaches_dirty_states();
  /// Sets `pairs_` to the signature of a dirty state.
  void sign(lts::state state);
  /// The part that a dirty state belongs to, whose inert steps' targets have theirs already.
  [[nodiscard]] part classify(lts::state state);
  /// Adds the states whose block has another number then to `moved_`.
  /// @param visited All dirty states of one block, grouped by part.
  void take_apart(std::span<const lts::state> visited);
  void place(lts::state state, lts::state position);

  adjacency forward_;
  adjacency backward_;
  std::vector<block> block_of_;
  std::vector<range> blocks_;
  /// All states, grouped by block.
  std::vector<lts::state> members_;
  /// The inverse of `members_`.
  std::vector<lts::state> position_;
  std::vector<bool> is_dirty_;
  std::vector<lts::state> dirty_;
  /// Of a state that is dirty: its part in this round.
  std::vector<part> part_of_;
  /// The signature of the state that is visited: pairs as ascending numbers.
  std::vector<std::uint64_t> pairs_;
  std::uint64_t visits_ = 0;

  // -- of one round
  /// Those of the parts from 1 on. States of different blocks may have the same one and then the
  /// same part number; parts are only ever compared within a block.
  signature_table signatures_;
  std::vector<range> parts_;
  std::vector<lts::state> moved_;
};

} // namespace lockstep
