#include "model/bisimulation/first_deviation.hpp"

#include "model/bisimulation/adjacency.hpp"
#include "model/bisimulation/minimisation.hpp"
#include "model/bisimulation/state_sets.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <unordered_set>
#include <utility>
#include <vector>

namespace lockstep {

namespace {

/// What the sets may hold together and what may be looked at for each pair that is allowed.
constexpr std::size_t stored_states_per_pair = 16;
constexpr std::size_t visited_per_pair = 64;

/// Breadth first over the observed states, each with the states that the specified system may be in
/// after the same visible actions.
class search {
public:
  search(const lts& specified, const lts& observed, std::size_t max_explored)
      : sets_(specified, internal_steps::invisible),
        observed_(adjacency::forward(observed)),
        max_explored_(max_explored) {
    const std::vector<state_sets::step> begin{{lts::tau, specified.initial}};
    find(observed.initial, sets_.closure(begin));
  }

  std::optional<lts::edge> run() {
    for (std::size_t i = 0; i < open_.size(); ++i) { // grows meanwhile
      const auto [from, allowed] = open_[i];
      if (!know_successors(allowed))
        return std::nullopt;
      const auto& next = successors_[allowed];
      for (const auto& [action, to] : observed_.of(from)) {
        ++steps_looked_at_;
        if (action == lts::tau) {
          find(to, allowed);
          continue;
        }
        const auto known = std::ranges::lower_bound(next, action, {}, &successor::action);
        if (known == next.end() || known->action != action)
          return lts::edge{from, action, to};
        find(to, known->target);
      }
    }
    return std::nullopt;
  }

private:
  struct successor {
    lts::label action;
    state_sets::set target;
  };
  struct point {
    lts::state state;
    state_sets::set allowed;
  };

  void find(lts::state state, state_sets::set allowed) {
    const auto key = std::uint64_t{allowed} << 32U | state;
    if (open_.size() < max_explored_ && seen_.insert(key).second)
      open_.push_back({state, allowed});
  }

  [[nodiscard]] bool is_too_much() const {
    return sets_.stored_states() / stored_states_per_pair > max_explored_
           || sets_.work() / visited_per_pair > max_explored_
           || steps_looked_at_ / visited_per_pair > max_explored_;
  }

  /// Sees to it that `successors_` has the sets that visible actions lead to from this one.
  /// @returns false if that is too much.
  bool know_successors(state_sets::set from) {
    if (is_too_much())
      return false;
    if (from >= successors_.size()) {
      successors_.resize(from + std::size_t{1});
      is_expanded_.resize(from + std::size_t{1});
    }
    if (is_expanded_[from])
      return true;
    is_expanded_[from] = true;
    sets_.visible_steps(from, steps_);
    steps_looked_at_ += steps_.size();
    for (std::span<const state_sets::step> rest(steps_); !rest.empty();) {
      const auto action = rest.front().action;
      const auto other = std::ranges::find_if_not(
          rest, [action](const auto& step) { return step.action == action; });
      const auto count = static_cast<std::size_t>(other - rest.begin());
      successors_[from].push_back({action, sets_.closure(rest.first(count))});
      rest = rest.subspan(count);
      if (is_too_much())
        return false;
    }
    return true;
  }

  state_sets sets_;
  adjacency observed_;
  std::size_t max_explored_;
  std::size_t steps_looked_at_ = 0;
  /// By set: in order of the actions.
  std::vector<std::vector<successor>> successors_;
  std::vector<bool> is_expanded_;
  /// Of the set that is expanded.
  std::vector<state_sets::step> steps_;
  std::unordered_set<std::uint64_t> seen_;
  std::vector<point> open_;
};

} // namespace

std::optional<lts::edge> first_deviation(const lts& specified, const lts& observed,
                                         std::size_t max_explored) {
  return search(minimise_branching(specified).system, observed, max_explored).run();
}

std::optional<lts::edge> nearest_step(const lts& system,
                                      const std::function<bool(const lts::edge&)>& is_wanted) {
  const auto out = adjacency::forward(system);
  std::vector<bool> is_reached(system.state_count);
  std::vector<lts::state> reached{system.initial};
  is_reached[system.initial] = true;
  for (std::size_t i = 0; i < reached.size(); ++i) { // grows meanwhile
    const auto from = reached[i];
    for (const auto& [action, to] : out.of(from)) {
      if (is_wanted({from, action, to}))
        return lts::edge{from, action, to};
      if (!is_reached[to]) {
        is_reached[to] = true;
        reached.push_back(to);
      }
    }
  }
  return std::nullopt;
}

} // namespace lockstep
