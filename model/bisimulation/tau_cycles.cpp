#include "model/bisimulation/tau_cycles.hpp"

#include <algorithm>
#include <limits>

namespace lockstep {

namespace {

constexpr auto none = std::numeric_limits<lts::state>::max();

} // namespace

void tau_components::start(lts::state state_count, const adjacency& out) {
  out_ = &out;
  index_.assign(state_count, none);
  low_.resize(state_count);
  component_.assign(state_count, none);
  next_index_ = count_ = 0;
}

void tau_components::visit(lts::state root) {
  if (index_[root] != none)
    return;
  enter(root);
  while (!calls_.empty()) {
    auto& [state, done] = calls_.back();
    const auto out = out_->of(state);
    if (done == out.size()) {
      leave(state);
      continue;
    }
    const auto [action, next] = out[done++];
    if (action != lts::tau)
      continue;
    if (index_[next] == none)
      enter(next);
    else if (component_[next] == none) // still open
      low_[state] = std::min(low_[state], index_[next]);
  }
}

void tau_components::enter(lts::state state) {
  index_[state] = low_[state] = next_index_++;
  open_.push_back(state);
  calls_.push_back({state, 0});
}

void tau_components::leave(lts::state state) {
  calls_.pop_back();
  if (!calls_.empty()) {
    auto& caller = low_[calls_.back().state];
    caller = std::min(caller, low_[state]);
  }
  if (low_[state] != index_[state])
    return;
  lts::state member = none;
  do {
    member = open_.back();
    open_.pop_back();
    component_[member] = count_;
  } while (member != state);
  ++count_;
}

collapsed_lts collapse_tau_cycles(lts system) {
  collapsed_lts out;
  {
    const auto edges = adjacency::forward(system);
    tau_components components;
    components.start(system.state_count, edges);
    for (lts::state s = 0; s < system.state_count; ++s)
      components.visit(s);
    system.state_count = components.count();
    out.state_of = std::move(components).take();
  }
  system.initial = out.state_of[system.initial];
  for (auto& [from, action, to] : system.edges) {
    from = out.state_of[from];
    to = out.state_of[to];
  }
  std::erase_if(system.edges, [](const lts::edge& edge) {
    return edge.action == lts::tau && edge.from == edge.to;
  });
  sort_edges(system);
  out.system = std::move(system);
  return out;
}

} // namespace lockstep
