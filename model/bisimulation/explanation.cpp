#include "model/bisimulation/explanation.hpp"

#include "model/bisimulation/distinguishing_attack.hpp"
#include "model/bisimulation/distinguishing_formula.hpp"
#include "model/bisimulation/joint_system.hpp"
#include "model/bisimulation/refinement_history.hpp"
#include "model/bisimulation/relabel.hpp"
#include "model/bisimulation/system_runs.hpp"

#include <algorithm>
#include <cstddef>
#include <set>
#include <span>
#include <utility>

namespace lockstep {

namespace {

/// `<tau*><a><tau*><b>true`, or without `<tau*>`.
formula formula_of(const trace_difference& difference, internal_steps treated) {
  formula_builder builder;
  auto root = builder.truth();
  for (auto i = difference.trace.size(); i-- > 0;) {
    root = builder.after(difference.trace[i], root);
    if (treated == internal_steps::invisible)
      root = builder.internally(root);
  }
  return builder.take(root);
}

/// Explains one difference: what is needed for that in one place.
class explainer {
public:
  explainer(const lts& lhs, const lts& rhs, equivalence kind, const explanation_limits& limits)
      : limits_(limits),
        treated_(kind == equivalence::strong || kind == equivalence::trace
                     ? internal_steps::visible
                     : internal_steps::invisible),
        joint_(join_reachable(lhs, rhs, treated_ == internal_steps::visible)),
        runs_(joint_.system),
        work_(limits.max_work),
        reason_work_(limits.max_reason_work) {
    why_.kind = kind;
  }

  explanation explain() && {
    const auto traces = compare_traces();
    const bool by_game = why_.kind == equivalence::branching || why_.kind == equivalence::strong;
    if (traces && *traces) {
      why_.experiment = after_trace(**traces);
      why_.distinguishing = formula_of(**traces, treated_);
      why_.holds_for = (*traces)->able;
    } else if (by_game) {
      refine(traces.has_value());
    }
    return std::move(why_);
  }

private:
  using answer = distinguishing_attack::answer;
  /// A state of each side, as states of the joint system.
  struct position {
    lts::state lhs;
    lts::state rhs;
  };

  /// Most differences are near: they are found in the systems as they are, in less time than it
  /// takes to minimise these.
  [[nodiscard]] result<std::optional<trace_difference>> compare_traces() {
    const auto& system = joint_.system;
    const auto linear = 4 * (system.state_count + system.edges.size());
    auto near = limits_.traces;
    near.stored_states = std::min(near.stored_states, linear);
    near.work = std::min(near.work, linear);
    auto found = compare_traces(system, 0, joint_.lhs_count, near);
    if (found)
      return found;
    minimise();
    return compare_traces(quotient_.system, class_of(0), class_of(joint_.lhs_count),
                          limits_.traces);
  }

  /// By original actions.
  [[nodiscard]] result<std::optional<trace_difference>>
  compare_traces(const lts& system, lts::state lhs, lts::state rhs,
                 const trace_search_limits& limits) const {
    if (treated_ == internal_steps::invisible)
      return shortest_trace_difference(system, lhs, rhs, treated_, limits);
    auto original = system;
    relabel(original, joint_.internal_action, lts::tau);
    return shortest_trace_difference(original, lhs, rhs, treated_, limits);
  }

  void minimise() {
    if (quotient_.state_of.empty())
      quotient_ = quotient_of(joint_.system);
  }

  /// @pre `minimise` was called.
  [[nodiscard]] lts::state class_of(lts::state state) const { return quotient_.state_of[state]; }

  [[nodiscard]] trace_difference in_original(trace_difference difference) const {
    for (auto& action : difference.trace)
      action = joint_.original_action(action);
    return difference;
  }

  [[nodiscard]] system_run in_original(lts::state from, std::span<const lts::edge> way) const {
    system_run run{joint_.original[from]};
    for (const auto& edge : way)
      run.steps.push_back({joint_.original_action(edge.action), joint_.original[edge.to]});
    return run;
  }

  [[nodiscard]] trace_experiment after_trace(const trace_difference& difference) const {
    const auto able = difference.able == side::lhs ? lts::state{0} : joint_.lhs_count;
    const auto unable = difference.able == side::lhs ? joint_.lhs_count : lts::state{0};
    auto trace = difference.trace;
    std::ranges::replace(trace, lts::tau, joint_.internal_action);
    const auto way = runs_.with_trace(able, trace, limits_.max_run_work);
    trace_experiment experiment{difference,
                                in_original(able, way ? *way : std::vector<lts::edge>{})};
    const auto states =
        runs_.states_after(unable, std::span(trace).first(trace.size() - 1), limits_.max_run_work);
    for (const auto state : states) {
      if (experiment.others.size() < limits_.max_listed)
        experiment.others.push_back(joint_.original[state]);
      else
        ++experiment.others_left_out;
    }
    std::ranges::sort(experiment.others);
    std::vector<lts::label> instead;
    for (const auto state : states) {
      for (const auto& [action, target] : runs_.steps_of(state)) {
        if (action != lts::tau)
          instead.push_back(joint_.original_action(action));
      }
    }
    std::ranges::sort(instead);
    instead.erase(std::ranges::unique(instead).begin(), instead.end());
    const auto listed = std::min(instead.size(), limits_.max_listed);
    experiment.instead_left_out = instead.size() - listed;
    instead.resize(listed);
    experiment.instead = std::move(instead);
    return experiment;
  }

  /// Separates the initial states for a game and a formula.
  void refine(bool same_traces) {
    minimise();
    refinement_history history(quotient_.system);
    const auto lhs = class_of(0);
    const auto rhs = class_of(joint_.lhs_count);
    if (lhs == rhs)
      return; // against the precondition
    if (history.separate(lhs, rhs, work_) != refinement_history::outcome::separated)
      return;
    attack_finder attacks(quotient_.system, history);
    auto game = play(history, attacks);
    game.same_traces = same_traces;
    if (!game.exchanges.empty())
      why_.experiment = std::move(game);
    auto& made = why_.distinguishing;
    made = distinguishing_formula(joint_, quotient_.system, attacks, lhs, rhs,
                                  limits_.max_formula_nodes, work_);
    if (made && made->nodes.back().what == formula::form::negation) {
      made->nodes.pop_back();
      why_.holds_for = side::rhs;
    }
  }

  game_experiment play(const refinement_history& history, attack_finder& attacks) {
    game_experiment game;
    std::optional<position> next = position{0, joint_.lhs_count};
    while (next) {
      const auto attack = attacks.find(class_of(next->lhs), class_of(next->rhs), work_);
      if (!attack) {
        if (!game.exchanges.empty())
          game.exchanges.back().followed.reset();
        break;
      }
      if (!game.exchanges.empty())
        add_to_trace(game, game.exchanges.back());
      if (game.exchanges.size() == limits_.max_exchanges) {
        game.exchanges.pop_back();
        ++game.exchanges_left_out;
      }
      game.exchanges.push_back(exchange(history, attacks, *attack, next));
    }
    return game;
  }

  /// An action whose states after it are compared next.
  void add_to_trace(game_experiment& game, const game_exchange& one) const {
    const bool is_hidden = one.action() == lts::tau && treated_ == internal_steps::invisible;
    if (is_hidden || one.answers[*one.followed].differs_before)
      return;
    if (game.trace.size() < limits_.max_trace)
      game.trace.push_back(one.action());
    else
      ++game.trace_left_out;
  }

  /// Plays an attack at a position, which becomes the next one, if any.
  game_exchange exchange(const refinement_history& history, attack_finder& attacks,
                         const distinguishing_attack& attack, std::optional<position>& next) {
    const auto from = *next;
    next.reset();
    game_exchange out;
    out.attacker = attack.by_first ? side::lhs : side::rhs;
    const auto attacker = attack.by_first ? from.lhs : from.rhs;
    const auto defender = attack.by_first ? from.rhs : from.lhs;
    const auto way = way_of(attacker, attack.before, attack.action, attack.after);
    work_ -= std::min(work_, way.size());
    out.attack = in_original(attacker, way);
    out.defender = joint_.original[defender];
    auto replies = worth_telling(history, attack, defender);
    if (replies.size() > limits_.max_answers) { // the easiest ones and the hardest are told
      out.answers_left_out = replies.size() - limits_.max_answers;
      replies.erase(replies.begin() + static_cast<std::ptrdiff_t>(limits_.max_answers - 1),
                    replies.end() - 1);
    }
    for (const auto* reply : replies) {
      const auto reply_way = reply->stands_still
                                 ? std::vector<lts::edge>{}
                                 : way_of(defender, reply->before, attack.action, reply->after);
      const auto mine = reply->differs_before ? way.back().from : way.back().to;
      auto theirs = defender;
      if (!reply_way.empty())
        theirs = reply->differs_before ? reply_way.back().from : reply_way.back().to;
      const auto compared = attack.by_first ? position{mine, theirs} : position{theirs, mine};
      auto reason = reason_for(compared, reply->level, attacks);
      const bool is_open = !reason;
      if (is_open) { // the hardest one of these is the last
        next = compared;
        out.followed = out.answers.size();
      }
      out.answers.push_back(
          {in_original(defender, reply_way), reply->differs_before,
           is_open ? std::nullopt : std::optional(in_original(*std::move(reason)))});
    }
    return out;
  }

  /// One answer for each pair of classes it leads through, without standing still at the end of
  /// internal steps: the last of these steps is an answer, too.
  [[nodiscard]] std::vector<const answer*> worth_telling(const refinement_history& history,
                                                         const distinguishing_attack& attack,
                                                         lts::state defender) const {
    std::vector<const answer*> told;
    std::set<std::pair<refinement_history::block, refinement_history::block>> classes;
    for (const auto& reply : attack.answers) {
      if (reply.stands_still && reply.before != class_of(defender))
        continue;
      const std::pair through(history.last_block(reply.before), history.last_block(reply.after));
      if (classes.insert(through).second || reply.stands_still)
        told.push_back(&reply);
    }
    return told;
  }

  /// Internal steps of the system itself, then the action, between classes.
  [[nodiscard]] std::vector<lts::edge> way_of(lts::state from, lts::state before, lts::label action,
                                              lts::state after) const {
    return *runs_.to_edge(from, [&](const lts::edge& edge) {
      return edge.action == action && class_of(edge.from) == before && class_of(edge.to) == after;
    });
  }

  /// A trace that tells the two states apart, if there is one.
  std::optional<trace_difference> reason_for(position compared, refinement_history::level level,
                                             attack_finder& attacks) {
    if (level == 1) { // one of them can do something that the other cannot
      const auto attack = attacks.find(class_of(compared.lhs), class_of(compared.rhs), work_);
      if (attack)
        return trace_difference{{attack->action}, attack->by_first ? side::lhs : side::rhs};
    }
    constexpr std::size_t min_work = 2'000;
    const auto cost = 1 + quotient_.system.edges.size();
    if (cost > reason_work_)
      return std::nullopt;
    auto near = trace_search_limits::of_pairs(200);
    near.work = std::clamp(4 * cost, std::min(min_work, reason_work_), reason_work_);
    reason_work_ -= cost;
    auto found = shortest_trace_difference(quotient_.system, class_of(compared.lhs),
                                           class_of(compared.rhs), internal_steps::invisible, near);
    if (!found || !*found) // took all that it may, perhaps
      reason_work_ -= std::min(reason_work_, near.work);
    return found ? *std::move(found) : std::nullopt;
  }

  explanation_limits limits_;
  internal_steps treated_;
  joint_system joint_;
  /// Of the joint system, once it is needed.
  collapsed_lts quotient_;
  run_finder runs_;
  std::size_t work_;
  std::size_t reason_work_;
  explanation why_;
};

} // namespace

explanation explain_difference(const lts& lhs, const lts& rhs, equivalence kind,
                               const explanation_limits& limits) {
  return explainer(lhs, rhs, kind, limits).explain();
}

} // namespace lockstep
