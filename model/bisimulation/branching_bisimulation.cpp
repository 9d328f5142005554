#include "model/bisimulation/branching_bisimulation.hpp"

#include "model/bisimulation/signature_refinement.hpp"
#include "model/bisimulation/system_of.hpp"
#include "model/bisimulation/tau_cycles.hpp"

#include <limits>
#include <utility>

namespace lockstep {

namespace {

/// Both systems side by side; the states of `rhs` come after those of `lhs`.
lts disjoint_union(const lts& lhs, const lts& rhs) {
  lts both = lhs;
  both.state_count += rhs.state_count;
  both.edges.reserve(lhs.edges.size() + rhs.edges.size());
  for (const auto& edge : rhs.edges)
    both.edges.push_back({edge.from + lhs.state_count, edge.action, edge.to + lhs.state_count});
  return both;
}

} // namespace

std::vector<lts::state> branching_classes(const lts& system) {
  const auto collapsed = collapse_tau_cycles(system);
  signature_refinement partition(collapsed.system);
  while (partition.refine()) {
    // nop
  }
  constexpr auto none = std::numeric_limits<lts::state>::max();
  std::vector<lts::state> class_of_block(collapsed.system.state_count, none);
  std::vector<lts::state> classes;
  classes.reserve(system.state_count);
  lts::state count = 0;
  for (const auto state : collapsed.state_of) {
    auto& number = class_of_block[partition.block_of(state)];
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
  signature_refinement partition(collapsed.system);
  while (partition.refine()) {
    if (partition.block_of(first) != partition.block_of(second))
      return false; // blocks are never joined again
  }
  return true;
}

bool equivalent(const implementation_model& model, const specification& spec) {
  label_table labels;
  const auto implemented = system_of(model, labels);
  return implemented && branching_bisimilar(*implemented, system_of(spec, labels));
}

} // namespace lockstep
