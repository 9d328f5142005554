#pragma once

#include "model/bisimulation/edge_groups.hpp"
#include "model/bisimulation/indexed_edges.hpp"
#include "model/bisimulation/lts.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lockstep {

/// Divides a block into the states that reach a splitter by inert steps and those that do not, in
/// time proportional to the edges of the smaller part: a step is made towards the one and a step
/// towards the other in turns until one part is complete. A part that turns out to be more than
/// half of the block is given up. Internal to `model/bisimulation/`.
class bunch_search {
public:
  using share = edge_groups::group;

  /// All three are those of the refinement and outlive this.
  /// @param slices Edges without a slice are the inert ones.
  bunch_search(const indexed_edges& edges, const edge_groups& slices, const edge_groups& shares,
               lts::state state_count);

  struct part {
    /// At most half of the block.
    std::vector<lts::state> states;
    /// Whether these are the states that reach the splitter.
    bool reaches = false;
  };

  /// @param block_size States of the block, those of the splitter's edges.
  /// @param bottoms_with Bottom states with an edge in the splitter.
  /// @param bottoms_without The other bottom states; there is one.
  /// @param inert_steps By state: inert edges from it.
  /// @returns valid until the next call.
  const part& smaller_part(lts::state block_size, share splitter,
                           std::span<const lts::state> bottoms_with,
                           std::span<const lts::state> bottoms_without,
                           std::span<const std::uint32_t> inert_steps);

  /// Of all searches.
  [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }

private:
  enum class standing : std::uint8_t {
    unknown,
    reaching,
    /// Has an inert step to a state that avoids the splitter.
    may_avoid,
    avoiding,
  };
  enum class progress : std::uint8_t { searching, complete, given_up };

  progress step_reaching();
  progress step_avoiding();
  void add_reaching(lts::state s);
  void add_avoiding(lts::state s);
  /// One more of the state's inert edges leads to a state that avoids the splitter.
  void count_down(lts::state s);
  void step_test();
  void forget();

  const indexed_edges& edges_;
  const edge_groups& slices_;
  const edge_groups& shares_;
  std::vector<standing> standing_;
  /// Of states that may avoid the splitter: inert edges that may lead to a state that reaches it.
  std::vector<std::uint32_t> undecided_steps_;

  // -- the search under way
  share splitter_ = edge_groups::none;
  std::span<const lts::state> bottoms_without_;
  std::span<const std::uint32_t> inert_steps_;
  std::size_t limit_ = 0;

  part reaching_;
  /// How many of its states are done, how many of the next one's edges, how many of the splitter's.
  std::size_t reaching_done_ = 0;
  std::size_t reaching_edges_done_ = 0;
  std::size_t splitter_edges_done_ = 0;

  part avoiding_;
  std::size_t avoiding_done_ = 0;
  std::size_t avoiding_edges_done_ = 0;
  std::size_t bottoms_done_ = 0;
  std::vector<lts::state> may_avoid_;
  /// A state all of whose inert edges lead to states that avoid the splitter, while its own edges
  /// are looked through; and how many of them are done.
  bool is_testing_ = false;
  lts::state tested_ = 0;
  std::size_t tested_edges_done_ = 0;
  std::uint64_t steps_ = 0;
};

} // namespace lockstep
