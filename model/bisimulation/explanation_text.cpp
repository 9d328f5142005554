#include "model/bisimulation/explanation.hpp"

#include "model/in_quotes.hpp"
#include "model/with_commas.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

namespace lockstep {

namespace {

constexpr std::size_t max_formula_bytes = 4'000;
/// Of runs and traces; of longer ones the beginning and the end are shown.
constexpr std::size_t max_shown = 12;
constexpr std::size_t shown_at_the_end = 4;

std::string capitalised(std::string text) {
  if (!text.empty() && text.front() >= 'a' && text.front() <= 'z')
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
  return text;
}

std::string more(std::size_t count) { return "(" + with_commas(count) + " more)"; }

/// "a, b or c", and how many are left out.
std::string listed(const std::vector<std::string>& items, std::string_view last,
                   std::size_t left_out) {
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const bool is_last = i + 1 == items.size() && left_out == 0;
    if (i != 0)
      out += is_last ? ' ' + std::string(last) + ' ' : ", ";
    out += items[i];
  }
  return left_out == 0 ? out : out + " ... " + more(left_out);
}

/// Words for one explanation.
class narrator {
public:
  narrator(const compared_systems& systems, const label_table& labels)
      : systems_(systems), labels_(labels) {}

  [[nodiscard]] std::string short_form(const explanation& why) const {
    if (const auto* experiment = std::get_if<trace_experiment>(&why.experiment))
      return difference(experiment->difference);
    if (const auto* game = std::get_if<game_experiment>(&why.experiment))
      return outcome(*game);
    return name(side::lhs) + " and " + name(side::rhs)
           + " are not equivalent; why is not known, finding out would take too much work";
  }

  [[nodiscard]] std::string long_form(const explanation& why) const {
    std::string out;
    if (const auto* experiment = std::get_if<trace_experiment>(&why.experiment))
      out = told(*experiment, why.kind);
    else if (const auto* game = std::get_if<game_experiment>(&why.experiment))
      out = told(*game);
    else
      out = capitalised(short_form(why)) + ".\n";
    const bool has_formula =
        why.kind == equivalence::branching || why.kind == equivalence::strong || why.distinguishing;
    return has_formula ? out + formula_line(why) : out;
  }

private:
  [[nodiscard]] const std::string& name(side which) const {
    return which == side::lhs ? systems_.lhs_name : systems_.rhs_name;
  }

  [[nodiscard]] std::string plain_state(side which, lts::state state) const {
    return (which == side::lhs ? systems_.lhs : systems_.rhs).name_of(state);
  }

  [[nodiscard]] std::string state(side which, lts::state state) const {
    return quoted_name(plain_state(which, state), '`');
  }

  [[nodiscard]] std::string action(lts::label label) const {
    return label == lts::tau ? "an internal step" : quoted_name(labels_.name(label), '`');
  }

  /// After "can" or "cannot".
  [[nodiscard]] std::string do_action(lts::label label) const {
    return label == lts::tau ? "make an internal step" : action(label);
  }

  /// Like "`pay`, `ship`"; repetitions as "`pay` (4 times)".
  [[nodiscard]] std::string actions(std::span<const lts::label> trace) const {
    struct item {
      lts::label action;
      std::size_t count;
    };
    std::vector<item> items;
    for (const auto action : trace) {
      if (items.empty() || items.back().action != action)
        items.push_back({action, 0});
      ++items.back().count;
    }
    std::string out;
    const bool is_long = items.size() > max_shown;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (is_long && i == max_shown - shown_at_the_end) {
        const auto next = items.size() - shown_at_the_end;
        std::size_t left_out = 0;
        for (; i < next; ++i)
          left_out += items[i].count;
        out += ", ... " + more(left_out) + " ...";
      }
      const auto& [action, count] = items[i];
      out += out.empty() ? "" : ", ";
      out += this->action(action);
      for (std::size_t again = 1; count < 4 && again < count; ++again)
        out += ", " + this->action(action);
      if (count >= 4)
        out += " (" + with_commas(count) + " times)";
    }
    return out;
  }

  /// Like "new --[pay]-> paid".
  [[nodiscard]] std::string run(side which, const system_run& run) const {
    auto out = plain_text(plain_state(which, run.from));
    const auto count = run.steps.size();
    for (std::size_t i = 0; i < count; ++i) {
      if (count > max_shown && i == max_shown - shown_at_the_end) {
        const auto left_out = count - max_shown;
        i += left_out;
        out += " ... " + more(left_out) + " ... "
               + plain_text(plain_state(which, run.steps[i - 1].to));
      }
      const auto& [action, to] = run.steps[i];
      out +=
          " --[" + plain_text(labels_.name(action)) + "]-> " + plain_text(plain_state(which, to));
    }
    return out;
  }

  /// One line of UTF-8, whatever the name holds; in quotes if it could be taken for something else.
  static std::string plain_text(const std::string& name) {
    auto quoted = quoted_name(name, '"');
    const bool is_plain = quoted.size() == name.size() + 2 && !name.empty() && name.front() != ' '
                          && name.back() != ' ' && name.find("--[") == std::string::npos
                          && name.find("]->") == std::string::npos;
    return is_plain ? name : quoted;
  }

  [[nodiscard]] std::string difference(const trace_difference& found) const {
    const auto before = std::span(found.trace).first(found.trace.size() - 1);
    const auto last = found.trace.back();
    const auto end = "; " + name(other(found.able)) + " cannot";
    if (before.empty() && last == lts::tau)
      return name(found.able) + " can begin with an internal step" + end;
    if (before.empty())
      return name(found.able) + " can begin with " + action(last) + end;
    return "after " + actions(before) + " " + name(found.able) + " can " + do_action(last) + end;
  }

  [[nodiscard]] std::string told(const trace_experiment& experiment, equivalence kind) const {
    const auto able = experiment.difference.able;
    const auto unable = other(able);
    auto out = capitalised(difference(experiment.difference)) + ".\n";
    if (!experiment.run.steps.empty())
      out += "  " + name(able) + ": " + run(able, experiment.run) + '\n';
    if (experiment.others.empty() && experiment.others_left_out == 0)
      return out;
    std::vector<std::string> states;
    for (const auto one : experiment.others)
      states.push_back(state(unable, one));
    std::vector<std::string> instead;
    for (const auto one : experiment.instead)
      instead.push_back(do_action(one));
    out += "  " + name(unable) + (experiment.difference.trace.size() == 1 ? ": begins" : ": then")
           + " in " + listed(states, "or", experiment.others_left_out);
    if (!instead.empty())
      out += ", where it can only " + listed(instead, "or", experiment.instead_left_out);
    else if (kind == equivalence::strong || kind == equivalence::trace)
      out += ", where it can do nothing";
    else
      out += ", where it has no action left";
    return out + '\n';
  }

  /// What the play comes to: its last attack, and why that cannot be answered.
  [[nodiscard]] std::string outcome(const game_experiment& game) const {
    std::string out;
    if (!game.trace.empty())
      out = "after " + actions(game.trace)
            + (game.trace_left_out == 0 ? " " : ", ... " + more(game.trace_left_out) + " ... ");

    const auto& last = game.exchanges.back();
    const auto attacker = last.attacker;
    const auto defender = other(attacker);
    const auto does = do_action(last.action());
    const auto start = state(attacker, state_before_action(last.attack));
    const auto step = name(attacker) + " in " + start + " can " + does + " to "
                      + state(attacker, last.attack.end());
    if (!has_one_reason(last)) {
      return out + step + ", which " + name(defender) + ", in " + state(defender, last.defender)
             + ", cannot match";
    }
    const auto& [run, differs_before, reason] = last.answers.front();
    const bool by_attacker = reason->able == attacker;
    const auto choice = actions(reason->trace);
    const auto place = name(defender) + ", in " + state(defender, last.defender) + ", ";
    if (differs_before) {
      return out + name(attacker) + " can " + does + " in " + start + ", where " + choice + " is "
             + (by_attacker ? "possible, too; " : "impossible; ") + place + "can " + does
             + " only where " + choice + " is " + (by_attacker ? "impossible" : "possible");
    }
    return out + step + ", where " + choice + " is "
           + (by_attacker ? "possible; " + place + "never makes it possible"
                          : "impossible; " + place + "always leaves it possible");
  }

  static lts::state state_before_action(const system_run& run) {
    return run.steps.size() < 2 ? run.from : run.steps[run.steps.size() - 2].to;
  }

  /// Whether the same can be said of all answers.
  static bool has_one_reason(const game_exchange& one) {
    if (one.answers.empty() || one.answers_left_out != 0)
      return false;
    const auto& first = one.answers.front();
    return first.reason && std::ranges::all_of(one.answers, [&](const auto& answer) {
             return answer.reason == first.reason && answer.differs_before == first.differs_before;
           });
  }

  [[nodiscard]] std::string told(const game_experiment& game) const {
    auto out = capitalised(outcome(game)) + ".";
    out += game.same_traces ? " (Both can do the same sequences of actions.)"
                            : " (There may be a sequence of actions, too, that only one side can "
                              "do; looking for it would take too much work.)";
    out += '\n';
    for (std::size_t i = 0; i < game.exchanges.size(); ++i) {
      if (game.exchanges_left_out != 0 && i + 1 == game.exchanges.size())
        out += "  ... " + more(game.exchanges_left_out) + " ...\n";
      out += told(game.exchanges[i]);
    }
    return out;
  }

  [[nodiscard]] std::string told(const game_exchange& one) const {
    const auto defender = other(one.attacker);
    auto out = "  " + name(one.attacker) + ": " + run(one.attacker, one.attack) + '\n';
    out += "  " + name(defender) + ", in " + state(defender, one.defender) + ", ";
    if (one.answers.empty())
      return out + "cannot " + do_action(one.action()) + ", now or after internal steps\n";
    const auto count = one.answers.size() + one.answers_left_out;
    out += count == 1 ? "has only one answer:\n" : "has " + with_commas(count) + " answers:\n";
    for (std::size_t i = 0; i < one.answers.size(); ++i)
      out += "  - " + told(one.answers[i], one, one.followed == i) + '\n';
    if (one.answers_left_out != 0)
      out += "  - ... " + more(one.answers_left_out) + '\n';
    return out;
  }

  [[nodiscard]] std::string told(const game_exchange::answer& answer, const game_exchange& one,
                                 bool is_followed) const {
    const auto attacker = one.attacker;
    const auto defender = other(attacker);
    const bool before = answer.differs_before;
    const auto compared = [before](const system_run& run) {
      return before ? state_before_action(run) : run.end();
    };
    const auto mine = state(attacker, compared(one.attack));
    const auto theirs = state(defender, compared(answer.run));
    auto out = answer.run.steps.empty() ? "stay in " + state(defender, answer.run.from)
                                        : run(defender, answer.run);
    if (!answer.reason) {
      return out + (before ? "; but already before that " : "; but then ") + theirs
             + " differs from " + mine + " of " + name(attacker)
             + (is_followed ? " as follows:" : ", too");
    }
    const auto& [trace, able] = *answer.reason;
    const bool is_single = trace.size() == 1;
    const auto place = is_single ? " in " : " from ";
    out += before ? "; but already before that " : "; but then ";
    out += actions(trace) + (able == attacker ? " is impossible" : " is possible") + place + theirs
           + ", while " + name(attacker) + (able == attacker ? " can " : " cannot ");
    return out + (is_single ? do_action(trace.front()) : "do so") + place + mine;
  }

  [[nodiscard]] std::string formula_line(const explanation& why) const {
    if (!why.distinguishing)
      return "formula: left out, making it would take too much work\n";
    const auto text = to_text(*why.distinguishing, labels_, max_formula_bytes);
    const auto where = " (holds for " + name(why.holds_for) + " only)\n";
    if (!text) {
      return "formula: too long to show, " + with_commas(why.distinguishing->nodes.size())
             + " parts, modalities " + with_commas(why.distinguishing->depth()) + " deep" + where;
    }
    return "formula: " + *text + where;
  }

  const compared_systems& systems_;
  const label_table& labels_;
};

} // namespace

std::string in_words(const explanation& why, const compared_systems& systems,
                     const label_table& labels) {
  return narrator(systems, labels).long_form(why);
}

std::string in_short(const explanation& why, const compared_systems& systems,
                     const label_table& labels) {
  return narrator(systems, labels).short_form(why);
}

} // namespace lockstep
