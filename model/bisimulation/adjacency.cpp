#include "model/bisimulation/adjacency.hpp"

namespace lockstep {

adjacency adjacency::forward(const lts& system) {
  return {system, &lts::edge::from, &lts::edge::to};
}

adjacency adjacency::backward(const lts& system) {
  return {system, &lts::edge::to, &lts::edge::from};
}

adjacency::adjacency(const lts& system, lts::state lts::edge::*key, lts::state lts::edge::*other)
    : begin_(system.state_count + std::size_t{1}), neighbours_(system.edges.size()) {
  for (const auto& edge : system.edges)
    ++begin_[edge.*key + std::size_t{1}];
  for (std::size_t i = 1; i < begin_.size(); ++i)
    begin_[i] += begin_[i - 1];
  auto next = begin_;
  for (const auto& edge : system.edges)
    neighbours_[next[edge.*key]++] = {edge.action, edge.*other};
}

} // namespace lockstep
