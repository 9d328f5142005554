#include "model/bisimulation/branching_bisimulation.hpp"

#include "model/bisimulation/bisimilarity_check.hpp"
#include "model/bisimulation/coarsest_partition.hpp"
#include "model/bisimulation/relabel.hpp"
#include "model/bisimulation/system_of.hpp"
#include "model/bisimulation/tau_cycles.hpp"

#include <algorithm>
#include <utility>

namespace lockstep {

std::vector<lts::state> branching_classes(lts system) {
  auto [collapsed, classes] = collapse_tau_cycles(std::move(system));
  const auto class_of = coarsest_classes(collapsed, classes);
  for (auto& state : classes)
    state = class_of[state];
  return classes;
}

bool branching_bisimilar(const lts& lhs, const lts& rhs) { return bisimilarity_check()(lhs, rhs); }

std::vector<lts::state> strong_classes(lts system) {
  relabel(system, lts::tau, unused_label(system));
  return branching_classes(std::move(system));
}

bool strongly_bisimilar(const lts& lhs, const lts& rhs) {
  const auto visible = std::max(unused_label(lhs), unused_label(rhs));
  auto first = lhs;
  auto second = rhs;
  relabel(first, lts::tau, visible);
  relabel(second, lts::tau, visible);
  return branching_bisimilar(first, second);
}

bool equivalent(const implementation_model& model, const specification& spec) {
  label_table labels;
  const auto implemented = system_of(model, labels);
  return implemented && branching_bisimilar(implemented->system, system_of(spec, labels).system);
}

} // namespace lockstep
