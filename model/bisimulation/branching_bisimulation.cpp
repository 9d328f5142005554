#include "model/bisimulation/branching_bisimulation.hpp"

#include "model/bisimulation/bunch_refinement.hpp"
#include "model/bisimulation/signature_refinement.hpp"
#include "model/bisimulation/system_of.hpp"
#include "model/bisimulation/tau_cycles.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

namespace lockstep {

namespace {

/// The system with its internal steps as visible ones: their label is one that no edge has.
lts with_visible_internal_steps(lts system) {
  lts::label fresh = 0;
  for (const auto& edge : system.edges)
    fresh = std::max(fresh, edge.action + 1);
  for (auto& edge : system.edges) {
    if (edge.action == lts::tau)
      edge.action = fresh;
  }
  return system;
}

/// Both systems side by side; the states of `rhs` come after those of `lhs`.
lts disjoint_union(const lts& lhs, const lts& rhs) {
  lts both = lhs;
  both.state_count += rhs.state_count;
  both.edges.reserve(lhs.edges.size() + rhs.edges.size());
  for (const auto& edge : rhs.edges)
    both.edges.push_back({edge.from + lhs.state_count, edge.action, edge.to + lhs.state_count});
  return both;
}

using block = std::uint32_t;
static_assert(std::is_same_v<block, signature_refinement::block>);
static_assert(std::is_same_v<block, bunch_refinement::block>);

/// Refines until `is_enough`. @returns the blocks of the states.
template <class Refinement, class Predicate>
std::vector<block> refine_until(Refinement& partition, lts::state state_count,
                                Predicate is_enough) {
  while (!is_enough(partition) && partition.refine()) {
    // nop
  }
  std::vector<block> blocks(state_count);
  for (lts::state s = 0; s < state_count; ++s)
    blocks[s] = partition.block_of(s);
  return blocks;
}

/// Signatures are about twice as fast as bunches and take half of the memory, as long as their
/// rounds do not visit the same states again and again. Common systems need 2 to 8 visits of each
/// state and edge, whatever their size; where signatures are bad, on some ladders of internal
/// steps, the number grows with the size and soon is in the hundreds. So they are given up at this
/// number, and all in all the time is in O(m log n).
constexpr std::uint64_t most_visits = 16;

/// @param is_enough May end it before the coarsest partition is found: takes one of the
/// refinements.
template <class Predicate>
std::vector<block> refine(const lts& collapsed, Predicate is_enough) {
  const auto budget = most_visits * (collapsed.state_count + collapsed.edges.size());
  bool gave_up = false;
  {
    signature_refinement signatures(collapsed);
    auto blocks = refine_until(signatures, collapsed.state_count, [&](const auto& partition) {
      gave_up = partition.visits() > budget;
      return gave_up || is_enough(partition);
    });
    if (!gave_up)
      return blocks;
  }
  bunch_refinement bunches(collapsed);
  return refine_until(bunches, collapsed.state_count, is_enough);
}

} // namespace

std::vector<lts::state> branching_classes(const lts& system) {
  const auto collapsed = collapse_tau_cycles(system);
  const auto blocks = refine(collapsed.system, [](const auto&) { return false; });
  constexpr auto none = std::numeric_limits<lts::state>::max();
  std::vector<lts::state> class_of_block(collapsed.system.state_count, none);
  std::vector<lts::state> classes;
  classes.reserve(system.state_count);
  lts::state count = 0;
  for (const auto state : collapsed.state_of) {
    auto& number = class_of_block[blocks[state]];
    if (number == none)
      number = count++;
    classes.push_back(number);
  }
  return classes;
}

bool branching_bisimilar(const lts& lhs, const lts& rhs) {
  const auto collapsed = collapse_tau_cycles(disjoint_union(lhs, rhs));
  const auto first = collapsed.state_of[lhs.initial];
  const auto second = collapsed.state_of[lhs.state_count + rhs.initial];
  const auto blocks = refine(collapsed.system, [=](const auto& partition) {
    return partition.block_of(first) != partition.block_of(second); // never joined again
  });
  return blocks[first] == blocks[second];
}

std::vector<lts::state> strong_classes(const lts& system) {
  return branching_classes(with_visible_internal_steps(system));
}

bool strongly_bisimilar(const lts& lhs, const lts& rhs) {
  const auto classes = strong_classes(disjoint_union(lhs, rhs));
  return classes[lhs.initial] == classes[lhs.state_count + rhs.initial];
}

bool equivalent(const implementation_model& model, const specification& spec) {
  label_table labels;
  const auto implemented = system_of(model, labels);
  return implemented && branching_bisimilar(implemented->system, system_of(spec, labels).system);
}

} // namespace lockstep
