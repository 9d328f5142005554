#include "model/bisimulation/distinguishing_attack.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace lockstep {

namespace {

/// Attacks that are compared with each other at most, on either side.
constexpr std::size_t max_candidates = 16;

using answer = distinguishing_attack::answer;
using level = refinement_history::level;

level hardest(const distinguishing_attack& attack) {
  return attack.answers.empty() ? 0 : attack.answers.back().level;
}

} // namespace

attack_finder::attack_finder(const lts& system, const refinement_history& history)
    : history_(history), edges_(adjacency::forward(system)), visited_at_(system.state_count, 0) {}

void attack_finder::visit(lts::state from, through steps, level level, std::size_t& work) {
  const auto block = history_.block_at(from, level);
  ++visit_;
  visited_.assign(1, from);
  visited_at_[from] = visit_;
  for (std::size_t i = 0; i < visited_.size(); ++i) {
    const auto out = edges_.of(visited_[i]);
    work -= std::min(work, 1 + out.size());
    for (const auto& [action, target] : out) {
      if (action != lts::tau || visited_at_[target] == visit_)
        continue;
      if (steps == through::inert_steps && history_.block_at(target, level) != block)
        continue;
      visited_at_[target] = visit_;
      visited_.push_back(target);
    }
  }
}

std::vector<attack_finder::move> attack_finder::observations(lts::state from, level level,
                                                             std::size_t& work) {
  visit(from, through::inert_steps, level, work);
  const auto own = history_.block_at(from, level);
  std::vector<move> found;
  for (const auto state : visited_) {
    for (const auto& [action, target] : edges_.of(state)) {
      const auto into = history_.block_at(target, level);
      if (action != lts::tau || into != own)
        found.push_back({action, into, state, target});
    }
  }
  const auto key = [](const move& one) { return std::pair(one.action, one.into); };
  std::ranges::stable_sort(found, {}, key); // the nearest first
  found.erase(std::ranges::unique(found, {}, key).begin(), found.end());
  return found;
}

std::vector<attack_finder::move> attack_finder::moves(lts::state from, std::size_t& work) {
  visit(from, through::all_internal_steps, 0, work);
  std::vector<move> found;
  for (const auto state : visited_) {
    for (const auto& [action, target] : edges_.of(state))
      found.push_back({action, 0, state, target});
  }
  // Standing still further on; for the place where the defender is, see `answers`.
  for (std::size_t i = 1; i < visited_.size(); ++i)
    found.push_back({lts::tau, 0, visited_[i], visited_[i]});
  std::ranges::stable_sort(found, {}, &move::action);
  return found;
}

std::vector<answer> attack_finder::answers(const move& attack, lts::state defender,
                                           const std::vector<move>& replies) const {
  std::vector<answer> found;
  const auto add = [&](lts::state before, lts::state after) {
    const auto level_before = history_.level_of(attack.before, before);
    const auto level_after = history_.level_of(attack.after, after);
    found.push_back({before, after, before == after && attack.action == lts::tau,
                     level_before < level_after, std::min(level_before, level_after)});
  };
  if (attack.action == lts::tau)
    add(defender, defender);
  const auto same = std::ranges::equal_range(replies, attack.action, {}, &move::action);
  for (const auto& reply : same)
    add(reply.before, reply.after);
  std::ranges::stable_sort(found, {}, &answer::level);
  return found;
}

std::optional<distinguishing_attack> attack_finder::find(lts::state first, lts::state second,
                                                         std::size_t& work) {
  const auto level = history_.level_of(first, second) - 1;
  const auto of_first = observations(first, level, work);
  const auto of_second = observations(second, level, work);
  std::optional<distinguishing_attack> best;
  const auto try_all = [&](const auto& own, const auto& others, lts::state defender,
                           bool by_first) {
    const auto key = [](const move& one) { return std::pair(one.action, one.into); };
    std::vector<move> only;
    std::ranges::set_difference(own, others, std::back_inserter(only), {}, key, key);
    if (only.empty())
      return;
    const auto replies = moves(defender, work);
    only.resize(std::min(only.size(), max_candidates));
    for (const auto& one : only) {
      if (work == 0)
        return;
      distinguishing_attack attack{by_first, one.before, one.action, one.after,
                                   answers(one, defender, replies)};
      work -= std::min(work, 1 + attack.answers.size());
      const auto rank = [](const distinguishing_attack& a) {
        return std::pair(hardest(a), a.answers.size());
      };
      if (!best || rank(attack) < rank(*best))
        best = std::move(attack);
    }
  };
  try_all(of_first, of_second, second, true);
  try_all(of_second, of_first, first, false);
  if (work == 0)
    return std::nullopt;
  return best;
}

} // namespace lockstep
