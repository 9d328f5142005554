#include "model/workflow/mermaid.hpp"

#include "model/workflow/mermaid_escape.hpp"
#include "model/workflow/specification_settings.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lockstep {

namespace {

constexpr std::string_view outside = "[*]";

/// Words that mean something to Mermaid's state diagrams (in any case), and names that its
/// JavaScript objects have already.
constexpr std::array reserved{
    "accdescr", "acctitle",    "as",      "choice",    "class",        "classdef",
    "click",    "constructor", "default", "direction", "end",          "fork",
    "hide",     "href",        "join",    "note",      "prototype",    "root",
    "root_end", "root_start",  "scale",   "state",     "statediagram", "style",
};

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return lower(c); });
  return out;
}

/// Whether a name can stand for itself: letters and digits, with single underscores inside (others
/// are emphasis in Markdown), not a number.
bool is_identifier(std::string_view name) {
  if (name.empty() || !is_alphanumeric(name.front()) || !is_alphanumeric(name.back())
      || (name.front() >= '0' && name.front() <= '9'))
    return false;
  for (std::size_t i = 1; i < name.size(); ++i) {
    if (!is_alphanumeric(name[i]) && (name[i] != '_' || name[i - 1] == '_'))
      return false;
  }
  return std::ranges::find(reserved, lower(name)) == reserved.end();
}

/// A setting as it is written into a comment, where only entities and directives are syntax.
std::string in_comment(std::string_view setting) {
  std::string out;
  for (const char c : setting) {
    if (std::string_view("#%{}").find(c) == std::string_view::npos)
      out += c;
    else
      out.append("#").append(std::to_string(static_cast<int>(c))).append(";");
  }
  return out;
}

/// A state's name as its description, which is Markdown, unlike a label: underscores there may be
/// emphasis.
std::string description_of(std::string_view state) {
  std::string out;
  for (const char c : mermaid_escaped(state)) {
    if (c == '_')
      out += "#95;";
    else
      out += c;
  }
  return out;
}

class diagram {
public:
  /// @param states Without repetitions, in order of appearance.
  /// @param settings What comments say, one each.
  explicit diagram(const std::vector<std::string>& states,
                   const std::vector<std::string>& settings = {}) {
    for (const auto& setting : settings)
      text_.append("  %% lockstep: ").append(in_comment(setting)).append("\n");
    std::set<std::string_view> taken(states.begin(), states.end());
    std::size_t next = 1;
    for (const auto& state : states) {
      if (is_identifier(state)) {
        identifiers_.emplace(state, state);
        continue;
      }
      auto identifier = "s" + std::to_string(next++);
      while (taken.contains(identifier))
        identifier = "s" + std::to_string(next++);
      text_ += "  state \"" + description_of(state) + "\" as " + identifier + "\n";
      identifiers_.emplace(state, std::move(identifier));
    }
  }

  /// @param from Empty for an arrow from outside; likewise `to`.
  /// @param action Empty for an arrow without a label.
  void add(const std::string& from, std::string_view action, const std::string& to) {
    text_.append("  ").append(identifier(from)).append(" --> ").append(identifier(to));
    if (!action.empty())
      text_.append(" : ").append(mermaid_escaped(action));
    text_ += '\n';
  }

  [[nodiscard]] std::string take() && { return std::move(text_); }

private:
  [[nodiscard]] std::string_view identifier(const std::string& state) const {
    return state.empty() ? outside : std::string_view(identifiers_.at(state));
  }

  std::string text_ = "stateDiagram-v2\n";
  std::unordered_map<std::string_view, std::string> identifiers_;
};

std::vector<std::string> states_of(const implementation_model& model) {
  std::set<std::string> seen;
  std::vector<std::string> states;
  for (const auto& step : model.transitions) {
    for (const auto* state : {&step.from, &step.to}) {
      if (!state->empty() && seen.insert(*state).second)
        states.push_back(*state);
    }
  }
  return states;
}

} // namespace

std::string to_mermaid(const implementation_model& model) {
  const auto states = states_of(model);
  diagram drawn(states);
  for (const auto& step : model.transitions) {
    const bool starts = is_initialisation(step) && step.from.empty();
    drawn.add(step.from, starts ? "" : std::string_view(step.action), step.to);
  }
  return std::move(drawn).take();
}

std::string to_mermaid(const specification& spec) {
  diagram drawn(spec.states(), setting_texts(spec));
  if (!spec.initial_state().empty())
    drawn.add("", "", spec.initial_state());
  for (const auto& step : spec.transitions())
    drawn.add(step.from, step.action, step.to);
  for (const auto& state : spec.terminal_states())
    drawn.add(state, "", "");
  return std::move(drawn).take();
}

} // namespace lockstep
