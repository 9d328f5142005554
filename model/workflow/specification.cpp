#include "model/workflow/specification.hpp"

#include "model/in_quotes.hpp"
#include "model/term/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <set>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace lockstep {

namespace {

constexpr std::size_t max_name_length = 255;

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7F && c <= 0x9F); }

bool is_printable_ascii(char c) { return c >= 0x20 && c < 0x7F; }

/// Why text is no name; empty if it is one.
std::string_view flaw_of_name(std::string_view name) {
  if (name.empty())
    return "is empty";
  if (name.size() <= max_name_length && std::ranges::all_of(name, is_printable_ascii))
    return ""; // nearly all are
  std::size_t length = 0;
  for (; !name.empty(); ++length) {
    const auto next = utf8::first(name);
    if (!next)
      return "is no UTF-8 text";
    if (is_control(next->code_point))
      return "has a control character";
    name.remove_prefix(next->length);
  }
  return length > max_name_length ? "is longer than 255 characters" : "";
}

/// Checks one transition of a specification.
result<void> check(const transition& step) {
  if (is_initialisation(step))
    return fail(ec::invalid_argument,
                "an initialisation cannot be declared, instances start in the source of the first "
                "transition; remove this one");
  return check_name("state", step.from)
      .and_then([&] { return check_name("action", step.action); })
      .and_then([&] { return check_name("state", step.to); });
}

/// Keeps the first of equal values, in their order.
template <class T>
class ordered_set {
public:
  void add(const T& value) {
    if (seen_.insert(value).second)
      values_.push_back(value);
  }

  [[nodiscard]] std::vector<T> take() && { return std::move(values_); }

private:
  std::set<T> seen_;
  std::vector<T> values_;
};

} // namespace

result<void> check_name(std::string_view what, std::string_view name) {
  const auto flaw = flaw_of_name(name);
  if (flaw.empty())
    return {};
  return fail(ec::invalid_argument,
              "the " + std::string(what) + " name " + in_quotes(name) + " " + std::string(flaw)
                  + "; use 1 to 255 characters without control characters",
              {{"name", term(name)}});
}

result<specification> specification::make(std::string name, std::vector<transition> transitions,
                                          specification_options options) {
  const auto refuse = [&name](const std::string& where, const failure& reason,
                              std::map<std::string, term> context) {
    context.emplace("specification", term(name));
    return fail(ec::invalid_specification,
                "specification " + in_quotes(name) + where + ": " + reason.message,
                std::move(context));
  };
  if (const auto checked = check_name("specification", name); !checked)
    return refuse("", checked.error(), {});
  for (std::size_t i = 0; i < transitions.size(); ++i) {
    if (const auto checked = check(transitions[i]); !checked)
      return refuse(", transition " + std::to_string(i + 1), checked.error(),
                    {{"transition", term(static_cast<std::int64_t>(i + 1))}});
  }
  for (const auto& state : options.prunable_states.states) {
    if (const auto checked = check_name("state", state); !checked)
      return refuse(", prunable states", checked.error(), {});
  }

  ordered_set<transition> distinct;
  ordered_set<std::string> states;
  ordered_set<std::string> actions;
  std::unordered_set<std::string_view> sources;
  for (const auto& step : transitions) {
    distinct.add(step);
    states.add(step.from);
    states.add(step.to);
    actions.add(step.action);
    sources.insert(step.from);
  }
  specification made;
  made.name_ = std::move(name);
  made.options_ = std::move(options);
  made.transitions_ = std::move(distinct).take();
  made.states_ = std::move(states).take();
  made.actions_ = std::move(actions).take();
  if (!made.transitions_.empty())
    made.initial_state_ = made.transitions_.front().from;
  std::ranges::copy_if(made.states_, std::back_inserter(made.terminal_states_),
                       [&](const std::string& state) { return !sources.contains(state); });
  return made;
}

bool specification::is_terminal(const std::string& state) const noexcept {
  return std::ranges::find(terminal_states_, state) != terminal_states_.end();
}

} // namespace lockstep
