#include "model/workflow/deviation_explanation.hpp"

#include "model/bisimulation/corresponding_states.hpp"
#include "model/bisimulation/explanation.hpp"
#include "model/bisimulation/system_of.hpp"
#include "model/bisimulation/system_runs.hpp"
#include "model/edit_distance.hpp"
#include "model/in_quotes.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <utility>

namespace lockstep {

namespace {

constexpr std::size_t max_formula_bytes = 1'000;
/// Of `allowed` in the text, and of initialisations.
constexpr std::size_t max_named = 8;

/// What a shard explains itself must not take longer than a few milliseconds (`bench/judgement`).
constexpr explanation_limits limits{
    .traces = {.pairs = 2'000, .stored_states = 10'000, .work = 30'000},
    .max_work = 80'000,
    .max_formula_nodes = 500,
    .max_reason_work = 20'000,
    .max_run_work = 50'000,
    .max_answers = 3,
    .max_exchanges = 4,
    .max_listed = 8};

std::string joined(const std::vector<std::string>& names, std::string_view last) {
  std::string out;
  const auto shown = std::min(names.size(), max_named);
  for (std::size_t i = 0; i < shown; ++i) {
    const bool is_last = i + 1 == names.size();
    if (i != 0)
      out += is_last ? ' ' + std::string(last) + ' ' : ", ";
    out += in_backticks(names[i]);
  }
  if (shown < names.size())
    out += " and " + std::to_string(names.size() - shown) + " more";
  return out;
}

std::string role(side which) { return which == side::lhs ? "specification" : "implementation"; }

term list_of(const std::vector<std::string>& names) {
  return term::list({names.begin(), names.end()});
}

/// What is needed to explain one deviation, in one place.
class explainer {
public:
  explainer(const specification& spec, const implementation_model& model, const transition& step)
      : spec_(spec),
        model_(model),
        step_(step),
        is_small_(spec.transitions().size() + model.transitions.size()
                  <= max_transitions_explained) {}

  deviation_explanation explain() && {
    if (auto rule = broken_rule(); !rule.empty()) {
      say_why(std::move(rule));
      return std::move(out_);
    }
    if (is_small_)
      compare();
    else
      say_why("the systems are too large to tell why at once");
    tell_allowed();
    return std::move(out_);
  }

private:
  void say(const std::string& text) { out_.text += (out_.text.empty() ? "" : "; ") + text; }

  void say_why(std::string text) {
    say(text);
    out_.data.emplace("why", std::move(text));
  }

  [[nodiscard]] std::string broken_rule() const {
    std::vector<std::string> targets;
    for (const auto& known : model_.transitions) {
      if (is_initialisation(known))
        targets.push_back(known.to);
    }
    if (is_initialisation(step_))
      targets.push_back(step_.to);
    if (targets.size() == 1)
      return {};
    if (targets.empty()) {
      return "the implementation model has no initialisation, and so does nothing that the "
             "specification says; learn or add one";
    }
    return "the implementation would have " + std::to_string(targets.size())
           + " initialisations, into " + joined(targets, "and") + ", where exactly one is right";
  }

  void compare() {
    label_table labels;
    auto extended = model_;
    extended.transitions.insert(step_);
    const compared_systems systems{system_of(spec_, labels), *system_of(extended, labels),
                                   "the specification", "the implementation"};
    const auto why =
        explain_difference(systems.lhs.system, systems.rhs.system, equivalence::branching, limits);
    find_places(systems.lhs, labels);
    const auto sentence = in_short(why, systems, labels);
    say_why(differed_before_
                ? "the model differs from the specification even without this step; with it, "
                      + sentence
                : sentence);
    out_.data.emplace("experiment", in_words(why, systems, labels));
    if (const auto* experiment = std::get_if<trace_experiment>(&why.experiment)) {
      const auto& [trace, able] = experiment->difference;
      std::vector<std::string> names;
      for (const auto action : trace)
        names.push_back(labels.name(action));
      out_.data.emplace("trace", list_of(names));
      out_.data.emplace("able", role(able));
    }
    if (why.distinguishing) {
      if (auto text = to_text(*why.distinguishing, labels, max_formula_bytes))
        out_.data.insert({{"formula", *std::move(text)}, {"holds_for", role(why.holds_for)}});
    }
  }

  /// Sets `places_`, by the specification and the model without the step.
  void find_places(const named_system& spec, label_table& labels) {
    const auto model = system_of(model_, labels);
    if (!model) // the step is the initialisation
      return;
    const auto& names = model->state_names;
    const auto from = std::ranges::find(names, step_.from);
    const auto relation = corresponding(spec.system, model->system, equivalence::branching);
    const auto& initial_class = relation.front();
    differed_before_ = !std::ranges::binary_search(initial_class.rhs, model->system.initial);
    if (from == names.end())
      return;
    const auto source = static_cast<lts::state>(from - names.begin());
    std::vector<lts::state> found;
    if (differed_before_) {
      if (const auto trace = trace_to(source, model->system))
        found =
            run_finder(spec.system).states_after(spec.system.initial, *trace, limits.max_run_work);
    } else {
      for (const auto& one : relation) {
        if (std::ranges::binary_search(one.rhs, source))
          found = one.lhs;
      }
    }
    for (const auto state : found)
      places_.insert(spec.state_names[state]);
  }

  /// The visible actions on a shortest way.
  static std::optional<std::vector<lts::label>> trace_to(lts::state target, const lts& system) {
    struct found_state {
      lts::state state;
      std::size_t from;
      lts::label by;
    };
    const run_finder steps(system);
    std::vector<found_state> found{{system.initial, 0, lts::tau}};
    std::vector<bool> seen(system.state_count, false);
    seen[system.initial] = true;
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (found[i].state == target) {
        std::vector<lts::label> trace;
        for (auto at = i; at != 0; at = found[at].from) {
          if (found[at].by != lts::tau)
            trace.push_back(found[at].by);
        }
        std::ranges::reverse(trace);
        return trace;
      }
      for (const auto& [action, to] : steps.steps_of(found[i].state)) {
        if (!seen[to]) {
          seen[to] = true;
          found.push_back({to, i, action});
        }
      }
    }
    return std::nullopt;
  }

  void tell_allowed() {
    if (places_.empty() && std::ranges::find(spec_.states(), step_.from) != spec_.states().end())
      places_.insert(step_.from);
    if (places_.empty())
      return;
    add_internally_reached();
    std::set<std::string_view> possible;
    for (const auto& one : spec_.transitions()) {
      if (places_.contains(one.from) && one.action != internal_action)
        possible.insert(one.action);
    }
    auto& allowed = out_.allowed.emplace();
    for (const auto& action : spec_.actions()) {
      if (possible.contains(action))
        allowed.push_back(action);
    }
    out_.data.emplace("allowed", list_of(allowed));
    say("in " + in_backticks(step_.from) + " the specification allows "
        + (allowed.empty() ? "no action" : joined(allowed, "and")));
    suggest(allowed);
  }

  void add_internally_reached() {
    std::multimap<std::string_view, const std::string*> next;
    for (const auto& one : spec_.transitions()) {
      if (one.action == internal_action)
        next.emplace(one.from, &one.to);
    }
    std::vector<std::string> open(places_.begin(), places_.end());
    while (!open.empty()) {
      const auto state = std::move(open.back());
      open.pop_back();
      const auto [begin, end] = next.equal_range(state);
      for (auto one = begin; one != end; ++one) {
        if (places_.insert(*one->second).second)
          open.push_back(*one->second);
      }
    }
  }

  void suggest(const std::vector<std::string>& allowed) {
    const auto known = [](const auto& names, const std::string& name) {
      return std::ranges::find(names, name) != names.end();
    };
    if (step_.action != internal_action && !known(spec_.actions(), step_.action)) {
      out_.nearest = nearest_name(step_.action, allowed);
      propose("nearest", step_.action, out_.nearest);
      return;
    }
    const bool is_state = known(spec_.states(), step_.to)
                          || std::ranges::any_of(model_.transitions, [this](const auto& one) {
                               return one.from == step_.to || one.to == step_.to;
                             });
    if (is_state)
      return;
    std::vector<std::string> targets;
    for (const auto& one : model_.transitions) {
      if (one.from == step_.from && one.action == step_.action)
        targets.push_back(one.to);
    }
    for (const auto& one : spec_.transitions()) {
      if (places_.contains(one.from) && one.action == step_.action)
        targets.push_back(one.to);
    }
    out_.nearest_state = nearest_name(step_.to, targets);
    propose("nearest_state", step_.to, out_.nearest_state);
  }

  void propose(const char* key, const std::string& wrong, const std::optional<std::string>& right) {
    if (!right)
      return;
    say("perhaps " + in_backticks(wrong) + " should be " + in_backticks(*right));
    out_.data.emplace(key, *right);
  }

  const specification& spec_;
  const implementation_model& model_;
  const transition& step_;
  bool is_small_;
  bool differed_before_ = false;
  /// The states of the specification that the step may have begun in.
  std::set<std::string> places_;
  deviation_explanation out_;
};

} // namespace

deviation_explanation explain_deviation(const specification& spec,
                                        const implementation_model& model, const transition& step) {
  return explainer(spec, model, step).explain();
}

} // namespace lockstep
