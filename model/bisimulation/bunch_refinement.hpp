#pragma once

#include "model/bisimulation/bunch_search.hpp"
#include "model/bisimulation/edge_groups.hpp"
#include "model/bisimulation/indexed_edges.hpp"
#include "model/bisimulation/lts.hpp"
#include "model/bisimulation/share_lists.hpp"
#include "model/bisimulation/state_blocks.hpp"

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace lockstep {

/// Finds the coarsest branching bisimulation in O(m log n) time for m edges and n states, whatever
/// the system looks like, and O(m) memory. Internal to `model/bisimulation/`.
///
/// The algorithm of Jansen, Groote, Keiren and Wijs, "An O(m log n) algorithm for branching
/// bisimilarity on labelled transition systems", TACAS 2020, LNCS 12079.
///
/// **Blocks and bunches.** Two partitions are refined in turns. *Blocks* are sets of states that
/// may be bisimilar. Internal steps within a block are *inert*. All other edges are in *bunches*:
/// sets of edges among which no difference was made so far. The invariant: if a state of a block
/// can reach an edge of a bunch by inert steps, each state of the block can. Since inert steps end,
/// it is enough to look at *bottom* states, those without inert steps of their own: each of them
/// has an edge in every bunch that its block has a *share* in.
///
/// **Slices.** The edges of a bunch with the same action into the same block are a *slice*. As long
/// as a bunch has two of them, the smaller one of the first and the last becomes a bunch of its
/// own: that happens to an edge at most log m times, and log m is at most twice log n as long as
/// the system has no more labels than states. Then each block with a share in it is split, first by
/// the new bunch, then by what is left of the old one. When every bunch is one slice, the blocks
/// are a branching bisimulation; as only states are separated that are not bisimilar, it is the
/// coarsest.
///
/// **A split** separates the states that reach an edge of the share from those that do not, see
/// `bunch_search`. The smaller part becomes a new block, which happens to a state at most log n
/// times; the edges from and to it move to slices and shares of their own.
///
/// **New bottom states.** Inert steps from one part to the other are inert no more: they become a
/// bunch. A state whose last inert step that was is a bottom state now, of which the invariant is
/// not known: the states that reach such a step are split off, and the block of these is split by
/// each of its shares. A state becomes a bottom state once, so there is time to look at its edges.
class bunch_refinement {
public:
  using block = state_blocks::block;

  /// @pre There is no cycle of internal steps; the edges are sorted, none occurs twice.
  explicit bunch_refinement(const lts& system);

  /// Takes one slice out of a bunch. @returns false if the partition was the coarsest branching
  /// bisimulation already.
  bool refine();

  /// How often an edge, a state or a share was looked at.
  [[nodiscard]] std::uint64_t visits() const noexcept { return visits_ + search_.steps(); }

  [[nodiscard]] block block_of(lts::state s) const noexcept { return blocks_.of(s); }

private:
  using edge = edge_groups::edge;
  using slice = edge_groups::group;
  using share = edge_groups::group;
  using bunch = std::uint32_t;
  using counter = std::uint32_t;
  static constexpr auto none = std::numeric_limits<std::uint32_t>::max();

  /// The edges at these positions of `slices_`.
  struct bunch_range {
    edge begin;
    edge end;
    bool is_queued;
  };

  /// A share whose owner gets divided: the part of it that a certain state's block has.
  struct followed_share {
    lts::state witness;
    share current;
  };

  [[nodiscard]] bool is_inert(edge e) const noexcept { return slices_.of(e) == none; }
  void separate_what_sees_nothing(const lts& system);
  void group_edges(const lts& system);

  void take_out(slice smaller, bunch whole);
  /// Splits the owner of `smaller`, its share in a new bunch, by this and by `rest`, its share in
  /// what is left of the old bunch, or none.
  void stabilise(share smaller, share rest);
  /// Splits blocks with new bottom states by their shares.
  void stabilise_new_bottoms();
  /// @param bottoms_with The owner's bottom states with an edge in the splitter; not all of them.
  void split(share splitter, std::span<const lts::state> bottoms_with);
  struct separation {
    block reaching;
    /// The share of `reaching` in the bunch of its steps to the other part, or none.
    share steps_between;
  };
  /// Makes two blocks of the owner. Their new bottom states are added to `new_bottoms_`.
  separation separate(share splitter, std::span<const lts::state> bottoms_with);
  void divide_shares(std::span<const lts::state> states, block fresh);
  void forget_division();
  void follow();
  void divide_slices(std::span<const lts::state> states);
  /// An edge that was inert until its block was divided.
  void adopt_step_between(edge e, separation& done);

  /// The states among the sources of these edges that are bottom states, each once.
  [[nodiscard]] std::vector<lts::state> bottom_sources(std::span<const edge> edges);
  /// Counts an edge in another bunch, whose edges from the same state are counted since the last
  /// `end_count`.
  void count_anew(edge e);
  void end_count();

  void enqueue_bunch(bunch b);

  indexed_edges edges_;
  state_blocks blocks_;
  /// By state: inert edges from it.
  std::vector<edge> inert_steps_;

  edge_groups slices_;
  /// By slice.
  std::vector<bunch> bunch_of_;
  std::vector<bunch_range> bunches_;
  /// Those that may have more than one slice.
  std::vector<bunch> queued_bunches_;

  edge_groups shares_;
  share_lists share_lists_;

  /// By edge: where the edges of its source in its bunch are counted.
  std::vector<counter> counter_of_;
  std::vector<edge> counts_;
  std::vector<counter> free_counters_;

  bunch_search search_;

  // -- of one operation
  std::vector<share> divided_shares_;
  /// By state, while edges are counted anew.
  std::vector<counter> fresh_counter_;
  /// Whose edges were counted anew, and where they were counted before.
  struct recount {
    lts::state source;
    counter before;
  };
  std::vector<recount> recounted_;
  /// By state: has an edge left in the bunch that a slice was taken out of.
  std::vector<bool> has_rest_;
  std::vector<bool> is_listed_;
  std::vector<lts::state> new_bottoms_;
  followed_share* followed_ = nullptr;
  std::uint64_t visits_ = 0;
};

} // namespace lockstep
