#include "model/bisimulation/system_runs.hpp"

#include <algorithm>
#include <cstddef>
#include <unordered_set>
#include <utility>

namespace lockstep {

namespace {

/// A state that a search came to.
struct found_state {
  lts::state state;
  /// How much of the trace is done.
  std::size_t done;
  /// The index of the one before and the action in between.
  std::size_t from;
  lts::label by;
};

std::vector<lts::edge> way_to(const std::vector<found_state>& found, std::size_t last) {
  std::vector<lts::edge> way;
  for (; found[last].from != last; last = found[last].from)
    way.push_back({found[found[last].from].state, found[last].by, found[last].state});
  std::ranges::reverse(way);
  return way;
}

} // namespace

std::optional<std::vector<lts::edge>>
run_finder::to_edge(lts::state from, const std::function<bool(const lts::edge&)>& is_wanted) const {
  std::vector<found_state> found{{from, 0, 0, lts::tau}};
  std::unordered_set<lts::state> seen{from};
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto state = found[i].state;
    for (const auto& [action, target] : edges_.of(state)) {
      if (is_wanted({state, action, target})) {
        auto way = way_to(found, i);
        way.push_back({state, action, target});
        return way;
      }
    }
    for (const auto& [action, target] : edges_.of(state)) {
      if (action == lts::tau && seen.insert(target).second)
        found.push_back({target, 0, i, action});
    }
  }
  return std::nullopt;
}

std::optional<std::vector<lts::edge>> run_finder::with_trace(lts::state from,
                                                             std::span<const lts::label> trace,
                                                             std::size_t max_work) const {
  std::vector<found_state> found{{from, 0, 0, lts::tau}};
  // By how much of the trace is done; a search for the shortest run over all of that at once.
  std::vector<std::unordered_set<lts::state>> seen(trace.size() + 1);
  seen[0].insert(from);
  std::size_t work = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto [state, done, before, by] = found[i];
    if (done == trace.size())
      return way_to(found, i);
    work += 1 + edges_.of(state).size();
    if (work > max_work)
      return std::nullopt;
    for (const auto& [action, target] : edges_.of(state)) {
      const bool is_next = action == trace[done];
      if (!is_next && action != lts::tau)
        continue;
      const auto now_done = done + (is_next ? 1 : 0);
      if (seen[now_done].insert(target).second)
        found.push_back({target, now_done, i, action});
    }
  }
  return std::nullopt;
}

std::vector<lts::state> run_finder::states_after(lts::state from, std::span<const lts::label> trace,
                                                 std::size_t max_work) const {
  std::vector<lts::state> states{from};
  // By state: how much of the trace was done, and one more, when it was found last.
  std::vector<std::size_t> seen(state_count_, 0);
  seen[from] = 1;
  std::size_t work = 0;
  for (std::size_t done = 0;; ++done) {
    for (std::size_t i = 0; i < states.size(); ++i) { // grows meanwhile
      work += 1 + edges_.of(states[i]).size();
      if (work > max_work)
        return {};
      for (const auto& [action, target] : edges_.of(states[i])) {
        if (action == lts::tau && std::exchange(seen[target], done + 1) != done + 1)
          states.push_back(target);
      }
    }
    if (done == trace.size())
      return states;
    std::vector<lts::state> next;
    for (const auto state : states) {
      for (const auto& [action, target] : edges_.of(state)) {
        if (action == trace[done] && std::exchange(seen[target], done + 2) != done + 2)
          next.push_back(target);
      }
    }
    states = std::move(next);
  }
}

} // namespace lockstep
