#include "model/bisimulation/state_sets.hpp"

#include <algorithm>

namespace lockstep {

namespace {

constexpr std::size_t buckets_at_first = 64;

} // namespace

state_sets::state_sets(const lts& system, internal_steps treated)
    : out_(adjacency::forward(system)),
      treated_(treated),
      numbers_(buckets_at_first, by_members{this}, by_members{this}),
      is_reached_(system.state_count, false) {}

state_sets::set state_sets::closure(std::span<const step> steps) {
  const auto start = members_.size();
  for (const auto& one : steps)
    visit(one.target);
  for (std::size_t i = 0; i < reached_.size(); ++i) { // grows meanwhile
    const auto state = reached_[i];
    bool has_visible_step = false;
    work_ += 1 + out_.of(state).size();
    for (const auto& [action, target] : out_.of(state)) {
      if (is_visible(action))
        has_visible_step = true;
      else
        visit(target);
    }
    if (has_visible_step)
      members_.push_back(state);
  }
  for (const auto state : reached_)
    is_reached_[state] = false;
  reached_.clear();
  std::sort(members_.begin() + static_cast<std::ptrdiff_t>(start), members_.end());

  const auto fresh = static_cast<set>(size());
  begin_.push_back(members_.size());
  const auto [known, is_new] = numbers_.insert(fresh);
  if (!is_new) {
    begin_.pop_back();
    members_.resize(start);
  }
  return *known;
}

void state_sets::visible_steps(set from, std::vector<step>& steps) {
  steps.clear();
  for (const auto state : members(from)) {
    work_ += 1 + out_.of(state).size();
    for (const auto& [action, target] : out_.of(state)) {
      if (is_visible(action))
        steps.push_back({action, target});
    }
  }
  std::ranges::sort(steps);
  const auto repeated = std::ranges::unique(steps);
  steps.erase(repeated.begin(), repeated.end());
}

void state_sets::visit(lts::state state) {
  if (!is_reached_[state]) {
    is_reached_[state] = true;
    reached_.push_back(state);
  }
}

std::size_t state_sets::by_members::operator()(set one) const {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const auto state : sets->members(one)) {
    hash = (hash ^ state) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 32U;
  }
  return hash;
}

bool state_sets::by_members::operator()(set lhs, set rhs) const {
  return std::ranges::equal(sets->members(lhs), sets->members(rhs));
}

} // namespace lockstep
