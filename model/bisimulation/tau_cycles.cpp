#include "model/bisimulation/tau_cycles.hpp"

#include "model/bisimulation/adjacency.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace lockstep {

namespace {

/// Tarjan's strongly connected components of the tau edges (SIAM J. Comput. 1(2), 1972) with an
/// explicit stack. A component is complete only after all that it can reach, so components are
/// numbered in reverse topological order.
class components {
public:
  explicit components(const lts& system)
      : edges_(adjacency::forward(system)),
        index_(system.state_count, none),
        low_(system.state_count, none),
        component_(system.state_count, none) {
    for (lts::state root = 0; root < system.state_count; ++root) {
      if (index_[root] == none)
        search(root);
    }
  }

  [[nodiscard]] lts::state count() const noexcept { return count_; }
  [[nodiscard]] std::vector<lts::state> take() && { return std::move(component_); }

private:
  static constexpr lts::state none = std::numeric_limits<lts::state>::max();

  /// A call of the recursive algorithm: a state and how many of its edges are done.
  struct frame {
    lts::state state;
    std::size_t done;
  };

  void search(lts::state root) {
    enter(root);
    while (!calls_.empty()) {
      auto& [state, done] = calls_.back();
      const auto out = edges_.of(state);
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

  void enter(lts::state state) {
    index_[state] = low_[state] = next_index_++;
    open_.push_back(state);
    calls_.push_back({state, 0});
  }

  void leave(lts::state state) {
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

  adjacency edges_;
  std::vector<lts::state> index_;
  std::vector<lts::state> low_;
  std::vector<lts::state> component_;
  std::vector<lts::state> open_;
  std::vector<frame> calls_;
  lts::state next_index_ = 0;
  lts::state count_ = 0;
};

} // namespace

collapsed_lts collapse_tau_cycles(const lts& system) {
  components found(system);
  collapsed_lts out;
  out.system.state_count = found.count();
  out.state_of = std::move(found).take();
  out.system.initial = out.state_of[system.initial];
  auto& edges = out.system.edges;
  edges.reserve(system.edges.size());
  for (const auto& edge : system.edges) {
    const auto from = out.state_of[edge.from];
    const auto to = out.state_of[edge.to];
    if (edge.action != lts::tau || from != to)
      edges.push_back({from, edge.action, to});
  }
  std::ranges::sort(edges);
  const auto repeated = std::ranges::unique(edges);
  edges.erase(repeated.begin(), repeated.end());
  return out;
}

} // namespace lockstep
