#pragma once

#include "model/bisimulation/explanation.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace lockstep::test {

/// Checks explanations against the systems, by definitions only.
class experiment_checker {
public:
  experiment_checker(const lts& lhs, const lts& rhs, equivalence kind)
      : lhs_(lhs),
        rhs_(rhs),
        hides_internal_steps_(kind == equivalence::branching || kind == equivalence::weak_trace) {}

  /// @returns what is wrong, nothing if all is well.
  [[nodiscard]] std::string check(const trace_experiment& one) const {
    const auto& [trace, able] = one.difference;
    if (trace.empty())
      return "empty trace";
    if (states_after(able, system(able).initial, trace).empty())
      return "the able side cannot do the trace";
    const auto unable = other(able);
    const auto initial = system(unable).initial;
    if (!states_after(unable, initial, trace).empty())
      return "the other side can do the trace";
    const auto before = states_after(unable, initial, std::span(trace).first(trace.size() - 1));
    if (before.empty())
      return "the other side cannot do all but the last";
    if (one.run.from != system(able).initial || visible(one.run) != trace)
      return "the run does not have the trace";
    if (!is_run(able, one.run))
      return "the run is none";
    if (one.others.size() + one.others_left_out != before.size())
      return "other states are missing";
    std::set<lts::label> instead;
    for (const auto& edge : system(unable).edges) {
      if (before.contains(edge.from) && !is_hidden(edge.action))
        instead.insert(edge.action);
    }
    if (one.instead.size() + one.instead_left_out != instead.size())
      return "actions of the other side are missing";
    for (const auto state : one.others) {
      if (!before.contains(state))
        return "a wrong other state";
    }
    for (const auto action : one.instead) {
      if (!instead.contains(action))
        return "a wrong action instead";
    }
    return {};
  }

  [[nodiscard]] std::string check(const game_experiment& game) const {
    if (game.exchanges.empty())
      return "no exchange";
    auto lhs = lhs_.initial;
    auto rhs = rhs_.initial;
    for (std::size_t i = 0; i < game.exchanges.size(); ++i) {
      const auto& one = game.exchanges[i];
      const bool is_known = game.exchanges_left_out == 0 || i + 1 != game.exchanges.size();
      const bool by_lhs = one.attacker == side::lhs;
      if (is_known
          && (one.attack.from != (by_lhs ? lhs : rhs) || one.defender != (by_lhs ? rhs : lhs)))
        return "an exchange begins elsewhere";
      if (auto wrong = check(one); !wrong.empty())
        return wrong;
      if (one.followed.has_value() != (i + 1 != game.exchanges.size()))
        return "the play ends too early or goes on from nowhere";
      if (one.followed) {
        const auto& reply = one.answers[*one.followed];
        const auto mine = compared(one.attack, reply.differs_before);
        const auto theirs = compared(reply.run, reply.differs_before);
        lhs = by_lhs ? mine : theirs;
        rhs = by_lhs ? theirs : mine;
      }
    }
    return {};
  }

  [[nodiscard]] std::string check(const std::monostate& /*none*/) const { return "no experiment"; }

private:
  [[nodiscard]] const lts& system(side which) const { return which == side::lhs ? lhs_ : rhs_; }
  [[nodiscard]] bool is_hidden(lts::label action) const {
    return action == lts::tau && hides_internal_steps_;
  }

  static lts::state compared(const system_run& run, bool before) {
    if (!before || run.steps.empty())
      return run.end();
    return run.steps.size() == 1 ? run.from : run.steps[run.steps.size() - 2].to;
  }

  [[nodiscard]] std::string check(const game_exchange& one) const {
    const auto defender = other(one.attacker);
    if (one.attack.steps.empty() || !is_move(one.attacker, one.attack, one.action()))
      return "the attack is no move";
    for (const auto& reply : one.answers) {
      if (reply.run.from != one.defender)
        return "an answer from elsewhere";
      if (reply.run.steps.empty() ? !is_hidden(one.action())
                                  : !is_move(defender, reply.run, one.action()))
        return "an answer is no move";
      if (!reply.reason)
        continue;
      const auto mine = compared(one.attack, reply.differs_before);
      const auto theirs = compared(reply.run, reply.differs_before);
      const auto& [trace, able] = *reply.reason;
      if (states_after(one.attacker, mine, trace).empty() == (able == one.attacker)
          || states_after(defender, theirs, trace).empty() != (able == one.attacker))
        return "a reason is none";
    }
    const auto from = states_after(defender, one.defender, {});
    bool can = is_hidden(one.action());
    for (const auto& edge : system(defender).edges)
      can = can || (edge.action == one.action() && from.contains(edge.from));
    if (can == one.answers.empty())
      return "answers are missing, or made up";
    return {};
  }

  /// Internal steps, then the action.
  [[nodiscard]] bool is_move(side which, const system_run& run, lts::label action) const {
    return is_run(which, run) && run.steps.back().action == action
           && std::all_of(run.steps.begin(), run.steps.end() - 1,
                          [this](const auto& step) { return is_hidden(step.action); });
  }

  [[nodiscard]] bool is_run(side which, const system_run& run) const {
    auto from = run.from;
    for (const auto& [action, to] : run.steps) {
      const auto& edges = system(which).edges;
      if (std::ranges::find(edges, lts::edge{from, action, to}) == edges.end())
        return false;
      from = to;
    }
    return true;
  }

  [[nodiscard]] std::vector<lts::label> visible(const system_run& run) const {
    std::vector<lts::label> trace;
    for (const auto& step : run.steps) {
      if (!is_hidden(step.action))
        trace.push_back(step.action);
    }
    return trace;
  }

  [[nodiscard]] std::set<lts::state> states_after(side which, lts::state from,
                                                  std::span<const lts::label> trace) const {
    std::set<lts::state> states{from};
    for (std::size_t done = 0;; ++done) {
      for (std::size_t before = 0; hides_internal_steps_ && before != states.size();) {
        before = states.size();
        for (const auto& edge : system(which).edges) {
          if (edge.action == lts::tau && states.contains(edge.from))
            states.insert(edge.to);
        }
      }
      if (done == trace.size())
        return states;
      std::set<lts::state> next;
      for (const auto& edge : system(which).edges) {
        if (edge.action == trace[done] && states.contains(edge.from))
          next.insert(edge.to);
      }
      states = std::move(next);
    }
  }

  const lts& lhs_;
  const lts& rhs_;
  bool hides_internal_steps_;
};

} // namespace lockstep::test
