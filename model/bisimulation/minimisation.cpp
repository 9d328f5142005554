#include "model/bisimulation/minimisation.hpp"

#include "model/bisimulation/adjacency.hpp"
#include "model/bisimulation/coarsest_partition.hpp"
#include "model/bisimulation/relabel.hpp"
#include "model/bisimulation/tau_cycles.hpp"

#include <algorithm>
#include <utility>

namespace lockstep {

namespace {

/// Renames states and removes what is repeated.
void rename_states(lts& system, const std::vector<lts::state>& name, lts::state count) {
  system.initial = name[system.initial];
  system.state_count = count;
  for (auto& [from, action, to] : system.edges) {
    from = name[from];
    to = name[to];
  }
  sort_edges(system);
}

/// The names of states in breadth-first order, and how many are reachable.
std::pair<std::vector<lts::state>, lts::state> breadth_first(const lts& system) {
  const auto out = adjacency::forward(system);
  std::vector<lts::state> name(system.state_count, minimised_lts::unreachable);
  std::vector<lts::state> reached{system.initial};
  name[system.initial] = 0;
  for (std::size_t i = 0; i < reached.size(); ++i) { // grows meanwhile
    for (const auto& [action, target] : out.of(reached[i])) {
      if (name[target] == minimised_lts::unreachable) {
        name[target] = static_cast<lts::state>(reached.size());
        reached.push_back(target);
      }
    }
  }
  return {std::move(name), static_cast<lts::state>(reached.size())};
}

} // namespace

minimised_lts minimise_branching(lts system) {
  auto [whole, state_of] = collapse_tau_cycles(std::move(system));
  const auto class_of = coarsest_classes(whole, state_of);
  std::erase_if(whole.edges, [&](const lts::edge& edge) {
    return edge.action == lts::tau && class_of[edge.from] == class_of[edge.to];
  });
  rename_states(whole, class_of, *std::ranges::max_element(class_of) + 1);

  const auto [name, count] = breadth_first(whole);
  std::erase_if(whole.edges, [&](const lts::edge& edge) {
    return name[edge.from] == minimised_lts::unreachable;
  });
  rename_states(whole, name, count);
  for (auto& state : state_of)
    state = name[class_of[state]];
  return {std::move(whole), std::move(state_of)};
}

minimised_lts minimise_strong(lts system) {
  const auto visible = unused_label(system);
  relabel(system, lts::tau, visible);
  auto smallest = minimise_branching(std::move(system));
  relabel(smallest.system, visible, lts::tau);
  sort_edges(smallest.system);
  return smallest;
}

} // namespace lockstep
