#include "model/workflow/mermaid_reader.hpp"

#include "model/in_quotes.hpp"
#include "model/workflow/mermaid_diagram.hpp"
#include "model/workflow/specification_settings.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace lockstep {

namespace {

using kind = specification_finding::kind;

std::string quoted_line(source_position at) { return "line " + std::to_string(at.line); }

/// The text of a YAML scalar on one line; nothing if it is of a form that is not read.
std::optional<std::string> read_scalar(std::string_view text) {
  const auto is_over = [](std::string_view rest) {
    const auto visible = rest.find_first_not_of(" \t");
    return visible == std::string_view::npos || (visible > 0 && rest[visible] == '#');
  };
  if (text.starts_with('"')) {
    auto quoted = read_quoted(text);
    return quoted && is_over(text.substr(quoted->length)) ? std::optional(std::move(quoted->text))
                                                          : std::nullopt;
  }
  if (text.starts_with('\'')) {
    std::string out;
    for (std::size_t i = 1; i < text.size(); ++i) {
      if (text[i] == '\'' && !text.substr(i + 1).starts_with('\''))
        return is_over(text.substr(i + 1)) ? std::optional(std::move(out)) : std::nullopt;
      out += text[i];
      i += text[i] == '\'' ? 1 : 0;
    }
    return std::nullopt;
  }
  if (!text.empty()
      && std::string_view("|>&*!{}[],%@`").find(text.front()) != std::string_view::npos)
    return std::nullopt;
  if (text.starts_with('#'))
    return std::string();
  text = text.substr(0, std::min(text.find(" #"), text.find("\t#")));
  return std::string(text.substr(0, text.find_last_not_of(" \t") + 1));
}

/// Makes a specification of what a diagram shows.
class reader {
public:
  reader(drawn_diagram drawn, std::string_view source)
      : drawn_(std::move(drawn)), source_(source), settings_(source) {
    // nop
  }

  result<declared_specification> read() {
    return read_settings()
        .and_then([this] { return read_name(); })
        .and_then([this] { return check_states(); })
        .and_then([this] { return read_arrows(); })
        .and_then([this] { return put_initial_state_first(); })
        .and_then([this] { return make(); });
  }

private:
  [[nodiscard]] tl::unexpected<failure> refuse(source_position at,
                                               const std::string& reason) const {
    return refuse_at(source_, at, reason);
  }

  [[nodiscard]] const drawn_text& text_of(std::size_t state) const {
    const auto& drawn = drawn_.states[state];
    return drawn.description ? *drawn.description : drawn.identifier;
  }

  [[nodiscard]] const std::string& name_of(const arrow_end& end) const {
    return text_of(*end.state).text;
  }

  // -- parts --------------------------------------------------------------------------------------

  result<void> read_settings() {
    for (const auto& line : drawn_.settings) {
      if (auto read = settings_.read(line); !read)
        return read;
    }
    return {};
  }

  result<void> read_name() {
    if (settings_.name()) {
      name_ = *settings_.name();
      return {};
    }
    if (!drawn_.title || drawn_.title->text.empty())
      return refuse(drawn_.title ? drawn_.title->at : source_position{drawn_.begin, 1},
                    "the specification has no name; add a line %% lockstep: specification = NAME "
                    "or a title in the front matter");
    auto title = read_scalar(drawn_.title->text);
    if (!title)
      return refuse(drawn_.title->at, in_quotes(drawn_.title->text)
                                          + " is a form of YAML that is not read; write the title "
                                            "on one line, plain or in quotes");
    if (const auto checked = check_name("specification", *title); !checked)
      return refuse(drawn_.title->at, checked.error().message);
    name_ = *std::move(title);
    return {};
  }

  result<void> check_states() const {
    for (std::size_t i = 0; i < drawn_.states.size(); ++i) {
      const auto& text = text_of(i);
      if (const auto checked = check_name("state", text.text); !checked)
        return refuse(text.at, checked.error().message);
    }
    return {};
  }

  result<void> read_arrows() {
    for (const auto& arrow : drawn_.arrows) {
      auto read = !arrow.from.state ? read_entry(arrow)
                  : !arrow.to.state ? read_exit(arrow)
                                    : read_transition(arrow);
      if (!read)
        return read;
    }
    return {};
  }

  result<void> read_entry(const drawn_arrow& arrow) {
    if (!arrow.to.state)
      return refuse(arrow.to.at, "an arrow from [*] leads to the initial state; name it");
    if (entry_)
      return refuse(arrow.from.at, "there is an arrow from [*] in " + quoted_line(entry_->from.at)
                                       + " already and instances start in one state; remove one");
    entry_ = arrow;
    return {};
  }

  result<void> read_exit(const drawn_arrow& arrow) {
    if (arrow.label)
      return refuse(arrow.label->at,
                    "an arrow to [*] is no transition and has no action; draw the action to a "
                    "state and an arrow without a label from there to [*]");
    exits_.push_back(arrow.from);
    return {};
  }

  result<void> read_transition(const drawn_arrow& arrow) {
    if (!arrow.label)
      return refuse(arrow.from.at, "the transition from " + in_quotes(name_of(arrow.from)) + " to "
                                       + in_quotes(name_of(arrow.to))
                                       + " has no action; add a colon and the action");
    transition step{name_of(arrow.from), arrow.label->text, name_of(arrow.to)};
    if (is_initialisation(step))
      return refuse(arrow.label->at,
                    in_quotes(step.action)
                        + " is what Lockstep calls the first step of an instance; name the action "
                          "differently or remove the transition");
    if (const auto checked = check_name("action", step.action); !checked)
      return refuse(arrow.label->at, checked.error().message);
    transitions_.push_back(std::move(step));
    return {};
  }

  result<void> put_initial_state_first() {
    if (!entry_)
      return refuse(drawn_.end, "there is no initial state; draw an arrow to it from [*]");
    const auto& initial = name_of(entry_->to);
    const auto first = std::ranges::find(transitions_, initial, &transition::from);
    if (first == transitions_.end())
      return refuse(entry_->to.at,
                    "no transition leads out of the initial state " + in_quotes(initial)
                        + ", so its instances could not do anything; draw one or let "
                          "[*] lead to another state");
    std::rotate(transitions_.begin(), first, std::next(first));
    return {};
  }

  result<declared_specification> make() {
    auto made = specification::make(std::move(name_), std::move(transitions_), settings_.options());
    if (!made)
      return refuse({drawn_.begin, 1}, made.error().message);
    auto findings = findings_of(*made);
    return declared_specification{*std::move(made), std::move(findings)};
  }

  // -- findings -----------------------------------------------------------------------------------

  [[nodiscard]] std::vector<specification_finding> findings_of(const specification& spec) const {
    std::unordered_map<std::string_view, source_position> mentioned;
    for (std::size_t i = 0; i < drawn_.states.size(); ++i)
      mentioned.try_emplace(text_of(i).text, drawn_.states[i].identifier.at);
    auto findings = check_specification(spec);
    for (auto& finding : findings)
      locate(finding, source_,
             finding.what == kind::unknown_prunable_state
                 ? settings_.prunable_positions().at(finding.state)
                 : mentioned.at(finding.state));
    add_unconnected(findings, spec);
    add_exits(findings, spec);
    return findings;
  }

  /// States that no transition has.
  void add_unconnected(std::vector<specification_finding>& findings,
                       const specification& spec) const {
    std::unordered_set<std::string_view> known(spec.states().begin(), spec.states().end());
    for (std::size_t i = 0; i < drawn_.states.size(); ++i) {
      const auto& state = text_of(i).text;
      if (!known.insert(state).second)
        continue;
      findings.push_back({kind::orphan_state,
                          state,
                          "state " + in_quotes(state)
                              + " has no transition and is left out of specification "
                              + in_quotes(spec.name()) + "; draw a transition to it or remove it",
                          {}});
      locate(findings.back(), source_, drawn_.states[i].identifier.at);
    }
  }

  void add_exits(std::vector<specification_finding>& findings, const specification& spec) const {
    std::unordered_set<std::string_view> left; // also: tell of each only once
    for (const auto& step : spec.transitions())
      left.insert(step.from);
    for (const auto& end : exits_) {
      const auto& state = name_of(end);
      if (left.erase(state) == 0)
        continue;
      findings.push_back({kind::exit_from_terminal_state,
                          state,
                          "state " + in_quotes(state)
                              + " has an arrow to [*] but also a transition, so it is no terminal "
                                "state; remove one of them",
                          {}});
      locate(findings.back(), source_, end.at);
    }
  }

  drawn_diagram drawn_;
  std::string_view source_;
  specification_settings settings_;
  std::string name_;
  std::optional<drawn_arrow> entry_;
  /// The states with an arrow to `[*]`.
  std::vector<arrow_end> exits_;
  std::vector<transition> transitions_;
};

} // namespace

result<declared_specification>
read_specification_mermaid(std::string_view text, std::string_view source, std::size_t first_line) {
  return parse_state_diagram(text, source, first_line).and_then([source](drawn_diagram&& drawn) {
    return reader(std::move(drawn), source).read();
  });
}

result<specification> parse_specification_mermaid(std::string_view text, std::string_view source) {
  return read_specification_mermaid(text, source).map([](declared_specification&& declared) {
    return std::move(declared.value);
  });
}

} // namespace lockstep
