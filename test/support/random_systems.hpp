#pragma once

#include "model/bisimulation/lts.hpp"

#include <rapidcheck.h>

#include <vector>

namespace lockstep::test {

/// A system of 1 to `max_states` states with labels 0 (internal) to `max_label`, not all of it
/// reachable, up to two edges a state.
inline rc::Gen<lts> any_system(lts::state max_states, lts::label max_label = 2) {
  return rc::gen::exec([=] {
    lts system;
    system.state_count = *rc::gen::inRange<lts::state>(1, max_states + 1);
    const auto state = rc::gen::inRange<lts::state>(0, system.state_count);
    system.initial = *state;
    const auto edge =
        rc::gen::construct<lts::edge>(state, rc::gen::inRange<lts::label>(0, max_label + 1), state);
    const auto count = *rc::gen::inRange<std::size_t>(0, 2 * system.state_count + std::size_t{1});
    system.edges = *rc::gen::container<std::vector<lts::edge>>(count, edge);
    return system;
  });
}

} // namespace lockstep::test

namespace lockstep {

/// How RapidCheck shows a counterexample.
inline void showValue(const lts& system, std::ostream& out) {
  out << "initial " << system.initial << " of " << system.state_count << ":";
  for (const auto& [from, action, to] : system.edges)
    out << ' ' << from << '-' << action << "->" << to;
}

} // namespace lockstep
