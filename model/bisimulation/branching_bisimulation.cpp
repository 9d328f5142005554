#include "model/bisimulation/branching_bisimulation.hpp"

#include "model/bisimulation/bisimilarity_check.hpp"
#include "model/bisimulation/coarsest_partition.hpp"
#include "model/bisimulation/signature_refinement.hpp"
#include "model/bisimulation/system_of.hpp"
#include "model/bisimulation/tau_cycles.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace lockstep {

namespace {

/// A label that no edge has.
lts::label unused_label(const lts& system) {
  lts::label unused = lts::tau + 1;
  for (const auto& edge : system.edges)
    unused = std::max(unused, edge.action + 1);
  return unused;
}

/// The system with its internal steps as visible ones of that label.
lts with_visible_internal_steps(lts system, lts::label label) {
  for (auto& edge : system.edges) {
    if (edge.action == lts::tau)
      edge.action = label;
  }
  return system;
}

/// The classes of states that became states of the partition, in order of appearance.
template <class Partition>
std::vector<lts::state> numbered_classes(const std::vector<lts::state>& state_of,
                                         const Partition& partition) {
  constexpr auto none = std::numeric_limits<lts::state>::max();
  std::vector<lts::state> class_of_block(state_of.size(), none);
  std::vector<lts::state> classes;
  classes.reserve(state_of.size());
  lts::state count = 0;
  for (const auto state : state_of) {
    auto& number = class_of_block[partition.block_of(state)];
    if (number == none)
      number = count++;
    classes.push_back(number);
  }
  return classes;
}

} // namespace

std::vector<lts::state> branching_classes(const lts& system) {
  const auto collapsed = collapse_tau_cycles(system);
  signature_refinement signatures;
  return refine_until(
      collapsed.system, signatures, [](const auto&) { return false; },
      [&](const auto& partition) { return numbered_classes(collapsed.state_of, partition); });
}

bool branching_bisimilar(const lts& lhs, const lts& rhs) { return bisimilarity_check()(lhs, rhs); }

std::vector<lts::state> strong_classes(const lts& system) {
  return branching_classes(with_visible_internal_steps(system, unused_label(system)));
}

bool strongly_bisimilar(const lts& lhs, const lts& rhs) {
  const auto label = std::max(unused_label(lhs), unused_label(rhs));
  return branching_bisimilar(with_visible_internal_steps(lhs, label),
                             with_visible_internal_steps(rhs, label));
}

bool equivalent(const implementation_model& model, const specification& spec) {
  label_table labels;
  const auto implemented = system_of(model, labels);
  return implemented && branching_bisimilar(implemented->system, system_of(spec, labels).system);
}

} // namespace lockstep
