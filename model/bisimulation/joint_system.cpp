#include "model/bisimulation/joint_system.hpp"

#include "model/bisimulation/adjacency.hpp"
#include "model/bisimulation/branching_bisimulation.hpp"
#include "model/bisimulation/relabel.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace lockstep {

namespace {

void add_reachable(const lts& from, joint_system& joint) {
  constexpr auto none = std::numeric_limits<lts::state>::max();
  const auto edges = adjacency::forward(from);
  std::vector<lts::state> number(from.state_count, none);
  const auto reach = [&](lts::state state) {
    if (number[state] == none) {
      number[state] = static_cast<lts::state>(joint.original.size());
      joint.original.push_back(state);
    }
    return number[state];
  };
  const auto first = joint.original.size();
  reach(from.initial);
  for (auto i = first; i < joint.original.size(); ++i) {
    for (const auto& [action, target] : edges.of(joint.original[i]))
      joint.system.edges.push_back({static_cast<lts::state>(i), action, reach(target)});
  }
}

} // namespace

joint_system join_reachable(const lts& lhs, const lts& rhs, bool visible_internal_steps) {
  joint_system joint;
  add_reachable(lhs, joint);
  joint.lhs_count = static_cast<lts::state>(joint.original.size());
  add_reachable(rhs, joint);
  joint.system.state_count = static_cast<lts::state>(joint.original.size());
  if (visible_internal_steps) {
    joint.internal_action = unused_label(joint.system);
    relabel(joint.system, lts::tau, joint.internal_action);
  }
  return joint;
}

collapsed_lts quotient_of(const lts& system) {
  const auto classes = branching_classes(system);
  lts smaller;
  smaller.state_count = std::ranges::max(classes) + 1;
  smaller.initial = classes[system.initial];
  for (const auto& [from, action, to] : system.edges) {
    if (action != lts::tau || classes[from] != classes[to])
      smaller.edges.push_back({classes[from], action, classes[to]});
  }
  auto sorted = collapse_tau_cycles(smaller); // there are none, it is about the order
  std::vector<lts::state> state_of;
  state_of.reserve(classes.size());
  for (const auto one : classes)
    state_of.push_back(sorted.state_of[one]);
  return {std::move(sorted.system), std::move(state_of)};
}

} // namespace lockstep
