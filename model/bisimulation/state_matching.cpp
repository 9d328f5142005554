#include "model/bisimulation/state_matching.hpp"

#include "model/bisimulation/adjacency.hpp"
#include "model/bisimulation/branching_bisimulation.hpp"
#include "model/bisimulation/disjoint_union.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace lockstep {

namespace {

bool begin_alike(const named_system& lhs, const named_system& rhs) {
  return !lhs.state_names.empty() && !rhs.state_names.empty()
         && lhs.state_names[lhs.system.initial] == rhs.state_names[rhs.system.initial];
}

state_matching match_by_name(const named_system& lhs, const named_system& rhs) {
  state_matching out;
  out.by_name = true;
  std::unordered_map<std::string_view, state_matching::number> numbers;
  const auto number_all = [&](const named_system& named) {
    std::vector<state_matching::number> all;
    all.reserve(named.state_names.size());
    for (const auto& name : named.state_names) {
      const auto next = static_cast<state_matching::number>(out.names.size());
      const auto [known, is_new] = numbers.try_emplace(name, next);
      if (is_new)
        out.names.push_back(name);
      all.push_back(known->second);
    }
    return all;
  };
  out.lhs = number_all(lhs);
  out.rhs = number_all(rhs);
  return out;
}

/// One of the two systems.
struct side_of_match {
  const named_system& named;
  const std::vector<lts::state>& classes;
  adjacency out;
  /// By class, the reachable states, in breadth-first order.
  std::map<lts::state, std::vector<lts::state>> members{};

  side_of_match(const named_system& system, const std::vector<lts::state>& of_states)
      : named(system), classes(of_states), out(adjacency::forward(system.system)) {
    std::vector<bool> is_reached(system.system.state_count);
    std::vector<lts::state> reached{system.system.initial};
    is_reached[system.system.initial] = true;
    for (std::size_t i = 0; i < reached.size(); ++i) { // grows meanwhile
      members[classes[reached[i]]].push_back(reached[i]);
      for (const auto& [action, next] : out.of(reached[i])) {
        if (!is_reached[next]) {
          is_reached[next] = true;
          reached.push_back(next);
        }
      }
    }
  }

  [[nodiscard]] lts::state initial_class() const { return classes[named.system.initial]; }
};

class match_by_behaviour {
public:
  match_by_behaviour(const named_system& lhs, const named_system& rhs, const joint_classes& classes)
      : lhs_(lhs, classes.lhs), rhs_(rhs, classes.rhs) {
    if (!lhs_.members.contains(rhs_.initial_class())
        && !rhs_.members.contains(lhs_.initial_class()))
      pair_up(lhs_.initial_class(), rhs_.initial_class());
    for (std::size_t i = 0; i < pairs_.size(); ++i)
      pair_successors(pairs_[i]);
    number_all();
  }

  [[nodiscard]] state_matching take() && { return std::move(matching_); }

private:
  /// A class of `lhs_` only, and one of `rhs_` only.
  using pair = std::pair<lts::state, lts::state>;
  using successors = std::map<lts::label, std::vector<lts::state>>;

  void pair_up(lts::state lhs, lts::state rhs) {
    partner_of_lhs_.emplace(lhs, rhs);
    partner_of_rhs_.emplace(rhs, lhs);
    pairs_.emplace_back(lhs, rhs);
  }

  /// The classes that only one system has and that its states of `from` lead to.
  static successors lonely_successors(lts::state from, const side_of_match& own,
                                      const side_of_match& other) {
    successors found;
    std::set<std::pair<lts::label, lts::state>> known;
    for (const auto state : own.members.at(from)) {
      for (const auto& [action, next] : own.out.of(state)) {
        const auto target = own.classes[next];
        if (!other.members.contains(target) && known.emplace(action, target).second)
          found[action].push_back(target);
      }
    }
    return found;
  }

  void pair_successors(pair from) {
    auto ours = lonely_successors(from.first, lhs_, rhs_);
    for (auto& [action, theirs] : lonely_successors(from.second, rhs_, lhs_)) {
      auto& same = ours[action];
      std::erase_if(same, [this](auto one) { return partner_of_lhs_.contains(one); });
      std::erase_if(theirs, [this](auto one) { return partner_of_rhs_.contains(one); });
      for (std::size_t i = 0; i < std::min(same.size(), theirs.size()); ++i)
        pair_up(same[i], theirs[i]);
    }
  }

  void number_all() {
    matching_.lhs.assign(lhs_.classes.size(), state_matching::none);
    matching_.rhs.assign(rhs_.classes.size(), state_matching::none);
    std::map<lts::state, state_matching::number> number_of_rhs;
    const auto next = [this] {
      return static_cast<state_matching::number>(matching_.names.size());
    };
    for (const auto& [one_class, states] : lhs_.members) {
      for (const auto state : states)
        matching_.lhs[state] = next();
      auto name = lhs_.named.name_of(states.front());
      const auto partner = partner_of_lhs_.find(one_class);
      const auto theirs = partner == partner_of_lhs_.end() ? one_class : partner->second;
      if (const auto same = rhs_.members.find(theirs); same != rhs_.members.end()) {
        number_of_rhs.emplace(theirs, next());
        const auto other = rhs_.named.name_of(same->second.front());
        if (other != name)
          name += " / " + other;
      }
      matching_.names.push_back(std::move(name));
    }
    for (const auto& [one_class, states] : rhs_.members) {
      const auto [known, is_new] = number_of_rhs.try_emplace(one_class, next());
      if (is_new)
        matching_.names.push_back(rhs_.named.name_of(states.front()));
      for (const auto state : states)
        matching_.rhs[state] = known->second;
    }
  }

  side_of_match lhs_;
  side_of_match rhs_;
  std::unordered_map<lts::state, lts::state> partner_of_lhs_;
  std::unordered_map<lts::state, lts::state> partner_of_rhs_;
  std::vector<pair> pairs_;
  state_matching matching_;
};

} // namespace

joint_classes classes_of_both(const lts& lhs, const lts& rhs) {
  auto classes = branching_classes(disjoint_union(lhs, rhs));
  const auto middle = classes.begin() + static_cast<std::ptrdiff_t>(lhs.state_count);
  return {{classes.begin(), middle}, {middle, classes.end()}};
}

state_matching match_states(const named_system& lhs, const named_system& rhs,
                            const joint_classes& classes) {
  if (begin_alike(lhs, rhs))
    return match_by_name(lhs, rhs);
  return match_by_behaviour(lhs, rhs, classes).take();
}

} // namespace lockstep
