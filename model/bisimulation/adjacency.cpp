#include "model/bisimulation/adjacency.hpp"

namespace lockstep {

adjacency adjacency::forward(const lts& system) {
  adjacency edges;
  edges.assign_forward(system);
  return edges;
}

adjacency adjacency::backward(const lts& system) {
  adjacency edges;
  edges.assign_backward(system);
  return edges;
}

void adjacency::assign_forward(const lts& system) {
  assign(system, &lts::edge::from, &lts::edge::to);
}

void adjacency::assign_backward(const lts& system) {
  assign(system, &lts::edge::to, &lts::edge::from);
}

void adjacency::assign(const lts& system, lts::state lts::edge::*key,
                       lts::state lts::edge::*other) {
  // Counted one place late: while the edges are placed, each beginning moves to where it belongs.
  begin_.assign(system.state_count + std::size_t{2}, 0);
  neighbours_.resize(system.edges.size());
  for (const auto& edge : system.edges)
    ++begin_[edge.*key + std::size_t{2}];
  for (std::size_t i = 2; i < begin_.size(); ++i)
    begin_[i] += begin_[i - 1];
  const auto place = [&](const lts::edge& edge) {
    neighbours_[begin_[edge.*key + std::size_t{1}]++] = {edge.action, edge.*other};
  };
  for (const auto& edge : system.edges) {
    if (edge.action == lts::tau)
      place(edge);
  }
  for (const auto& edge : system.edges) {
    if (edge.action != lts::tau)
      place(edge);
  }
}

} // namespace lockstep
