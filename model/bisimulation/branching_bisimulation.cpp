#include "model/bisimulation/branching_bisimulation.hpp"

#include "model/bisimulation/bunch_refinement.hpp"
#include "model/bisimulation/system_of.hpp"
#include "model/bisimulation/tau_cycles.hpp"

#include <algorithm>
#include <limits>
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

} // namespace

std::vector<lts::state> branching_classes(const lts& system) {
  const auto collapsed = collapse_tau_cycles(system);
  bunch_refinement partition(collapsed.system);
  partition.refine();
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
  const auto classes = branching_classes(disjoint_union(lhs, rhs));
  return classes[lhs.initial] == classes[lhs.state_count + rhs.initial];
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
