#pragma once

#include "model/bisimulation/formula.hpp"
#include "model/bisimulation/lts.hpp"

#include <cstddef>
#include <vector>

namespace lockstep::test {

/// In which states of a system a formula holds, straight from the table of `formula`: each part is
/// evaluated in all states, in order of the parts.
inline std::vector<bool> states_where(const formula& formula, const lts& system) {
  using form = formula::form;
  std::vector<std::vector<bool>> holds;
  for (const auto& node : formula.nodes) {
    const auto of_part = [&](std::size_t i) -> const std::vector<bool>& {
      return holds.at(node.parts.at(i));
    };
    std::vector<bool> states(system.state_count, node.what == form::truth);
    switch (node.what) {
    case form::truth:
      break;
    case form::negation:
      for (std::size_t s = 0; s < states.size(); ++s)
        states[s] = !of_part(0)[s];
      break;
    case form::conjunction:
      states.assign(system.state_count, true);
      for (std::size_t i = 0; i < node.parts.size(); ++i) {
        for (std::size_t s = 0; s < states.size(); ++s)
          states[s] = states[s] && of_part(i)[s];
      }
      break;
    case form::internally: {
      // Backwards over internal steps from where the part holds.
      states = of_part(0);
      std::vector<std::vector<lts::state>> sources(system.state_count);
      for (const auto& [from, action, to] : system.edges) {
        if (action == lts::tau)
          sources[to].push_back(from);
      }
      std::vector<lts::state> found;
      for (lts::state s = 0; s < system.state_count; ++s) {
        if (states[s])
          found.push_back(s);
      }
      while (!found.empty()) {
        const auto state = found.back();
        found.pop_back();
        for (const auto source : sources[state]) {
          if (!states[source]) {
            states[source] = true;
            found.push_back(source);
          }
        }
      }
      break;
    }
    case form::internally_once:
      states = of_part(0);
      [[fallthrough]];
    case form::after: {
      const auto action = node.what == form::after ? node.action : lts::tau;
      for (const auto& edge : system.edges) {
        if (edge.action == action && of_part(0)[edge.to])
          states[edge.from] = true;
      }
      break;
    }
    }
    holds.push_back(std::move(states));
  }
  return holds.back();
}

/// Whether the formula holds in the system's initial state.
inline bool holds(const formula& formula, const lts& system) {
  return states_where(formula, system)[system.initial];
}

} // namespace lockstep::test
