#include "model/bisimulation/minimisation.hpp"

#include "model/bisimulation/adjacency.hpp"
#include "model/bisimulation/branching_bisimulation.hpp"

#include <algorithm>
#include <utility>

namespace lockstep {

namespace {

enum class internal_steps : bool { inert_within_a_class, as_others };

minimised_lts quotient(const lts& system, const std::vector<lts::state>& classes,
                       internal_steps treated) {
  lts whole;
  whole.state_count = *std::ranges::max_element(classes) + 1;
  whole.initial = classes[system.initial];
  whole.edges.reserve(system.edges.size());
  for (const auto& [from, action, to] : system.edges) {
    const bool inert = action == lts::tau && classes[from] == classes[to];
    if (!inert || treated == internal_steps::as_others)
      whole.edges.push_back({classes[from], action, classes[to]});
  }
  sort_edges(whole);

  const auto out = adjacency::forward(whole);
  std::vector<lts::state> number(whole.state_count, minimised_lts::unreachable);
  std::vector<lts::state> reached{whole.initial};
  number[whole.initial] = 0;
  minimised_lts smallest;
  for (std::size_t i = 0; i < reached.size(); ++i) { // grows meanwhile
    for (const auto& [action, target] : out.of(reached[i])) {
      if (number[target] == minimised_lts::unreachable) {
        number[target] = static_cast<lts::state>(reached.size());
        reached.push_back(target);
      }
      smallest.system.edges.push_back({number[reached[i]], action, number[target]});
    }
  }
  sort_edges(smallest.system);
  smallest.system.state_count = static_cast<lts::state>(reached.size());
  smallest.state_of.reserve(classes.size());
  for (const auto one : classes)
    smallest.state_of.push_back(number[one]);
  return smallest;
}

} // namespace

minimised_lts minimise_branching(const lts& system) {
  return quotient(system, branching_classes(system), internal_steps::inert_within_a_class);
}

minimised_lts minimise_strong(const lts& system) {
  return quotient(system, strong_classes(system), internal_steps::as_others);
}

} // namespace lockstep
