#include "model/bisimulation/explanation_json.hpp"

#include "model/in_quotes.hpp"
#include "model/term/utf8.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace lockstep {

namespace {

using nlohmann::json;

constexpr std::size_t max_formula_bytes = 4'000;

std::string name_of(side which) { return which == side::lhs ? "lhs" : "rhs"; }

/// Names of states and actions from files may be any bytes; JSON is UTF-8.
std::string as_utf8(const std::string& name) {
  for (std::string_view rest = name; !rest.empty();) {
    const auto next = utf8::first(rest);
    if (!next)
      return quoted_name(name, '"', name.size());
    rest.remove_prefix(next->length);
  }
  return name;
}

class writer {
public:
  writer(const compared_systems& systems, const label_table& labels)
      : systems_(systems), labels_(labels) {}

  [[nodiscard]] json experiment(const std::monostate& /*none*/) const { return nullptr; }

  [[nodiscard]] json experiment(const trace_experiment& one) const {
    const auto able = one.difference.able;
    auto trace = actions(one.difference.trace);
    const auto last = trace.back();
    trace.erase(trace.size() - 1);
    json states = json::array();
    for (const auto state : one.others)
      states.push_back(name(other(able), state));
    json other_side = {{"states", states},
                       {"states_left_out", one.others_left_out},
                       {"actions", actions(one.instead)},
                       {"actions_left_out", one.instead_left_out}};
    const bool knows_others = !one.others.empty() || one.others_left_out != 0;
    return {{"kind", "trace"},
            {"able", name_of(able)},
            {"trace", trace},
            {"action", last},
            {"run", one.run.steps.empty() ? json(nullptr) : run(able, one.run)},
            {"other", knows_others ? std::move(other_side) : json(nullptr)}};
  }

  [[nodiscard]] json experiment(const game_experiment& game) const {
    json exchanges = json::array();
    for (const auto& one : game.exchanges)
      exchanges.push_back(exchange(one));
    return {{"kind", "game"},
            {"same_traces", game.same_traces ? json(true) : json(nullptr)},
            {"trace", actions(game.trace)},
            {"trace_left_out", game.trace_left_out},
            {"action", as_utf8(labels_.name(game.exchanges.back().action()))},
            {"exchanges", exchanges},
            {"exchanges_left_out", game.exchanges_left_out}};
  }

  [[nodiscard]] json formula(const explanation& why) const {
    if (!why.distinguishing)
      return {{"text", nullptr}, {"reason", "making it would take too much work"}};
    json told{{"holds_for", name_of(why.holds_for)},
              {"depth", why.distinguishing->depth()},
              {"parts", why.distinguishing->nodes.size()}};
    if (auto text = to_text(*why.distinguishing, labels_, max_formula_bytes))
      told["text"] = *std::move(text);
    else
      told.update({{"text", nullptr}, {"reason", "too long to show"}});
    return told;
  }

private:
  [[nodiscard]] std::string name(side which, lts::state state) const {
    return as_utf8((which == side::lhs ? systems_.lhs : systems_.rhs).name_of(state));
  }

  [[nodiscard]] json actions(const std::vector<lts::label>& labels) const {
    json out = json::array();
    for (const auto label : labels)
      out.push_back(as_utf8(labels_.name(label)));
    return out;
  }

  [[nodiscard]] json run(side which, const system_run& run) const {
    json out = json::array();
    auto from = run.from;
    for (const auto& [action, to] : run.steps) {
      out.push_back({{"from", name(which, from)},
                     {"action", as_utf8(labels_.name(action))},
                     {"to", name(which, to)}});
      from = to;
    }
    return out;
  }

  [[nodiscard]] json exchange(const game_exchange& one) const {
    json answers = json::array();
    for (std::size_t i = 0; i < one.answers.size(); ++i)
      answers.push_back(answer(one.answers[i], one, one.followed == i));
    return {{"attacker", name_of(one.attacker)},
            {"action", as_utf8(labels_.name(one.action()))},
            {"run", run(one.attacker, one.attack)},
            {"defender", name(other(one.attacker), one.defender)},
            {"answers", answers},
            {"answers_left_out", one.answers_left_out}};
  }

  [[nodiscard]] json answer(const game_exchange::answer& answer, const game_exchange& one,
                            bool is_followed) const {
    const auto compared = [&](const system_run& run) {
      if (!answer.differs_before || run.steps.empty())
        return run.end();
      return run.steps.size() == 1 ? run.from : run.steps[run.steps.size() - 2].to;
    };
    const auto attacker = one.attacker;
    json reason = nullptr;
    if (answer.reason) {
      reason = {{"able", name_of(answer.reason->able)}, {"trace", actions(answer.reason->trace)}};
    }
    return {{"run", run(other(attacker), answer.run)},
            {"differs", answer.differs_before ? "before" : "after"},
            {"states",
             {{name_of(attacker), name(attacker, compared(one.attack))},
              {name_of(other(attacker)), name(other(attacker), compared(answer.run))}}},
            {"reason", reason},
            {"followed", is_followed}};
  }

  const compared_systems& systems_;
  const label_table& labels_;
};

} // namespace

json to_json(const explanation& why, const compared_systems& systems, const label_table& labels) {
  const writer writer(systems, labels);
  return {{"equivalence", to_string(why.kind)},
          {"equivalent", false},
          {"lhs", as_utf8(systems.lhs_name)},
          {"rhs", as_utf8(systems.rhs_name)},
          {"experiment",
           std::visit([&](const auto& one) { return writer.experiment(one); }, why.experiment)},
          {"formula", writer.formula(why)}};
}

json to_json(const std::vector<corresponding_states>& relation, const compared_systems& systems) {
  json out = json::array();
  for (const auto& one : relation) {
    json lhs = json::array();
    for (const auto state : one.lhs)
      lhs.push_back(as_utf8(systems.lhs.name_of(state)));
    json rhs = json::array();
    for (const auto state : one.rhs)
      rhs.push_back(as_utf8(systems.rhs.name_of(state)));
    out.push_back({{"lhs", lhs}, {"rhs", rhs}});
  }
  return out;
}

} // namespace lockstep
