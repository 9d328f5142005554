#include "model/bisimulation/distinguishing_formula.hpp"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lockstep {

namespace {

/// Builds formulas for pairs of states, those of lower levels first, on a stack of its own.
class maker {
public:
  maker(const joint_system& joint, const lts& quotient, attack_finder& attacks,
        std::size_t max_nodes, std::size_t& work)
      : joint_(joint),
        state_count_(quotient.state_count),
        attacks_(attacks),
        max_nodes_(max_nodes),
        work_(work) {
    for (const auto& edge : quotient.edges)
      edges_[edge.action].push_back(edge); // stays in ascending order of the sources
  }

  std::optional<formula> make(lts::state first, lts::state second) {
    if (!open(first, second))
      return std::nullopt;
    while (!frames_.empty()) {
      auto& top = frames_.back();
      const auto needed = refute(top);
      if (needed) {
        if (!open(needed->first, needed->second)) // invalidates `top`
          return std::nullopt;
        continue;
      }
      known_.emplace(std::pair(top.attacker, top.defender), close(top));
      frames_.pop_back();
      if (work_ == 0 || builder_.size() > max_nodes_)
        return std::nullopt;
    }
    const auto [index, negated] = *find(first, second);
    const auto root = made_[index].root;
    return builder_.take(negated ? builder_.negation(root) : root);
  }

private:
  using answer = distinguishing_attack::answer;

  /// A formula that was made, `<tau*>…`, and where it holds.
  struct made {
    formula_builder::id root;
    std::vector<bool> holds;
  };
  /// A made formula, or its negation.
  struct literal {
    std::size_t index;
    bool negated;
  };
  /// A pair of states that is being told apart.
  struct frame {
    lts::state attacker;
    lts::state defender;
    distinguishing_attack attack;
    /// Hold before or after the action on the attacker's side.
    std::vector<literal> before;
    std::vector<literal> after;
  };

  [[nodiscard]] bool holds(literal one, lts::state state) const {
    return made_[one.index].holds[state] != one.negated;
  }

  /// True in the first, false in the second.
  [[nodiscard]] std::optional<literal> find(lts::state first, lts::state second) const {
    if (const auto found = known_.find({first, second}); found != known_.end())
      return literal{found->second, false};
    if (const auto found = known_.find({second, first}); found != known_.end())
      return literal{found->second, true};
    return std::nullopt;
  }

  bool open(lts::state first, lts::state second) {
    auto attack = attacks_.find(first, second, work_);
    if (!attack)
      return false;
    if (!attack->by_first)
      std::swap(first, second);
    frames_.push_back({first, second, std::move(*attack), {}, {}});
    return true;
  }

  [[nodiscard]] bool refuted(const frame& one, const answer& reply) const {
    const auto fails_in = [this](lts::state state) {
      return [this, state](literal part) { return !holds(part, state); };
    };
    return std::ranges::any_of(one.before, fails_in(reply.before))
           || std::ranges::any_of(one.after, fails_in(reply.after));
  }

  /// Adds what refutes answers until all are refuted, or a pair is needed that is not known yet.
  std::optional<std::pair<lts::state, lts::state>> refute(frame& top) {
    for (const auto& reply : top.attack.answers) {
      work_ -= std::min(work_, 1 + top.before.size() + top.after.size());
      if (refuted(top, reply))
        continue;
      const auto mine = reply.differs_before ? top.attack.before : top.attack.after;
      const auto theirs = reply.differs_before ? reply.before : reply.after;
      const auto found = find(mine, theirs);
      if (!found)
        return std::pair(mine, theirs);
      (reply.differs_before ? top.before : top.after).push_back(*found);
    }
    drop_needless(top, top.before);
    drop_needless(top, top.after);
    return std::nullopt;
  }

  /// Later parts may refute all that an earlier one was added for.
  void drop_needless(frame& top, std::vector<literal>& parts) {
    for (std::size_t i = 0; i < parts.size();) {
      const auto part = parts[i];
      work_ -= std::min(work_, top.attack.answers.size());
      parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(i));
      const bool needless = std::ranges::all_of(
          top.attack.answers, [&](const answer& reply) { return refuted(top, reply); });
      if (!needless)
        parts.insert(parts.begin() + static_cast<std::ptrdiff_t>(i++), part);
    }
  }

  formula_builder::id conjunction(const std::vector<literal>& parts) {
    std::vector<formula_builder::id> ids;
    for (const auto& [index, negated] : parts)
      ids.push_back(negated ? builder_.negation(made_[index].root) : made_[index].root);
    return builder_.conjunction(std::move(ids));
  }

  [[nodiscard]] bool all_hold(const std::vector<literal>& parts, lts::state state) const {
    return std::ranges::all_of(parts, [&](literal part) { return holds(part, state); });
  }

  /// Makes the formula for a pair all of whose answers are refuted.
  std::size_t close(const frame& top) {
    const auto action = top.attack.action;
    auto step = conjunction(top.after);
    if (action != lts::tau)
      step = builder_.after(joint_.original_action(action), step);
    else if (!top.before.empty()) // else `<tau*>` says it already
      step = builder_.internally_once(step);
    auto root = builder_.conjunction({conjunction(top.before), step});
    if (joint_.internal_action == lts::tau)
      root = builder_.internally(root);
    made_.push_back({root, evaluate(top)});
    assert(made_.back().holds[top.attacker] && !made_.back().holds[top.defender]);
    return made_.size() - 1;
  }

  [[nodiscard]] std::vector<bool> evaluate(const frame& top) {
    const auto count = state_count_;
    const auto& internal = edges_[lts::tau];
    const auto& steps = edges_[top.attack.action];
    std::vector<bool> holds(count, false);
    if (top.attack.action == lts::tau) {
      for (lts::state state = 0; state < count; ++state)
        holds[state] = all_hold(top.after, state) && all_hold(top.before, state);
    }
    for (const auto& edge : steps) {
      if (!holds[edge.from] && all_hold(top.after, edge.to) && all_hold(top.before, edge.from))
        holds[edge.from] = true;
    }
    for (const auto& edge : internal) { // the last ones first
      if (holds[edge.to])
        holds[edge.from] = true;
    }
    work_ -= std::min(work_, count / 8 + internal.size() + steps.size());
    return holds;
  }

  const joint_system& joint_;
  lts::state state_count_;
  attack_finder& attacks_;
  std::size_t max_nodes_;
  std::size_t& work_;
  std::unordered_map<lts::label, std::vector<lts::edge>> edges_;
  formula_builder builder_;
  std::vector<made> made_;
  /// By attacker and defender.
  std::map<std::pair<lts::state, lts::state>, std::size_t> known_;
  std::vector<frame> frames_;
};

} // namespace

std::optional<formula> distinguishing_formula(const joint_system& joint, const lts& quotient,
                                              attack_finder& attacks, lts::state first,
                                              lts::state second, std::size_t max_nodes,
                                              std::size_t& work) {
  return maker(joint, quotient, attacks, max_nodes, work).make(first, second);
}

} // namespace lockstep
