#include "model/bisimulation/first_deviation.hpp"

#include "model/bisimulation/adjacency.hpp"

#include <set>
#include <utility>
#include <vector>

namespace lockstep {

namespace {

/// Breadth first over the observed states, each with the states that the specified system may be in
/// after the same visible actions.
class search {
public:
  search(const lts& specified, const lts& observed)
      : specified_(adjacency::forward(specified)), observed_(adjacency::forward(observed)) {
    add(observed.initial, closure({specified.initial}));
  }

  std::optional<lts::edge> run(std::size_t max_explored) {
    for (std::size_t i = 0; i < open_.size() && i < max_explored; ++i) { // grows meanwhile
      const auto [from, allowed] = open_[i];
      for (const auto& [action, to] : observed_.of(from)) {
        if (action == lts::tau) {
          add(to, *allowed);
          continue;
        }
        auto next = after(*allowed, action);
        if (next.empty())
          return lts::edge{from, action, to};
        add(to, closure(std::move(next)));
      }
    }
    return std::nullopt;
  }

private:
  using state_set = std::set<lts::state>;
  using point = std::pair<lts::state, const state_set*>;

  void add(lts::state state, state_set allowed) {
    const auto* const kept = &*sets_.insert(std::move(allowed)).first;
    if (seen_.emplace(state, kept).second)
      open_.emplace_back(state, kept);
  }

  [[nodiscard]] state_set closure(state_set states) const {
    std::vector<lts::state> open(states.begin(), states.end());
    while (!open.empty()) {
      const auto state = open.back();
      open.pop_back();
      for (const auto& [action, next] : specified_.of(state)) {
        if (action == lts::tau && states.insert(next).second)
          open.push_back(next);
      }
    }
    return states;
  }

  [[nodiscard]] state_set after(const state_set& states, lts::label action) const {
    state_set targets;
    for (const auto state : states) {
      for (const auto& [other, target] : specified_.of(state)) {
        if (other == action)
          targets.insert(target);
      }
    }
    return targets;
  }

  adjacency specified_;
  adjacency observed_;
  std::set<state_set> sets_;
  std::set<point> seen_;
  std::vector<point> open_;
};

} // namespace

std::optional<lts::edge> first_deviation(const lts& specified, const lts& observed,
                                         std::size_t max_explored) {
  return search(specified, observed).run(max_explored);
}

} // namespace lockstep
