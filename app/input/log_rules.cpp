#include "app/input/log_rules.hpp"

#include "app/input/quoted.hpp"
#include "model/in_quotes.hpp"
#include "model/term/utf8.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace lockstep {

namespace {

enum field : std::size_t { identifier, action, state, timestamp_text, operation };

constexpr std::array<std::string_view, 5> field_group_names = {"identifier", "action", "state",
                                                               "timestamp", "operation"};

auto refuse(const std::string& place, const std::string& problem) {
  return fail(ec::invalid_configuration, place + " " + problem);
}

/// Bytes that are no UTF-8 match nothing in RE2, not even a dot. @returns the text with a control
/// character in place of each.
std::string made_readable(std::string_view text) {
  constexpr char substitute = '\x1a';
  std::string readable;
  readable.reserve(text.size());
  while (!text.empty()) {
    const auto next = utf8::first(text);
    const auto length = next ? next->length : 1;
    readable += next ? text.substr(0, length) : std::string_view{&substitute, 1};
    text.remove_prefix(length);
  }
  return readable;
}

} // namespace

result<log_rules> log_rules::compile(std::span<const log_rule> rules, std::string_view where) {
  log_rules made;
  if (rules.empty())
    return fail(ec::invalid_configuration,
                std::string{where}
                    + ": option \"rules\" has no rule; format \"lines\" needs at "
                      "least one to find events in lines");
  for (const auto& rule : rules) {
    const auto place = std::string{where} + ": rule " + std::to_string(made.rules_.size() + 1)
                       + " (" + quoted(rule.pattern) + ")";
    auto compiled = compile_rule(rule, place);
    if (!compiled)
      return tl::unexpected(std::move(compiled.error()));
    made.rules_.push_back(*std::move(compiled));
  }
  return made;
}

result<log_rules::compiled_rule> log_rules::compile_rule(const log_rule& rule,
                                                         const std::string& place) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  auto pattern = std::make_unique<re2::RE2>(rule.pattern, options);
  if (!pattern->ok())
    return refuse(place, "is no regular expression: " + on_one_line(pattern->error()));

  compiled_rule made{rule, std::move(pattern), {}};
  for (const auto& [name, number] : made.pattern->NamedCapturingGroups()) {
    const auto* found = std::find(field_group_names.begin(), field_group_names.end(), name);
    if (found == field_group_names.end())
      return refuse(place, "has the unknown group " + quoted(name)
                               + "; name groups identifier, action, state, timestamp or operation, "
                                 "or use (?:...) for a group without a name");
    made.groups.at(static_cast<std::size_t>(found - field_group_names.begin())) = number;
  }
  if (made.groups[identifier] == 0)
    return refuse(place, "has no group (?P<identifier>...); it tells which instance a line is "
                         "about");
  if (made.groups[action] == 0 && rule.action.empty())
    return refuse(place, "has no group (?P<action>...) and sets no action; do one of them");
  if (made.groups[action] != 0 && !rule.action.empty())
    return refuse(place, "has a group (?P<action>...) and sets an action too; keep one of them");
  if (made.groups[state] != 0 && !rule.state.empty())
    return refuse(place, "has a group (?P<state>...) and sets a state too; keep one of them");
  return made;
}

std::optional<record> log_rules::match(std::string_view text) {
  const auto readable = utf8::length(text) ? std::string{} : made_readable(text);
  const auto subject =
      readable.empty() ? re2::StringPiece{text.data(), text.size()} : re2::StringPiece{readable};
  for (const auto& rule : rules_) {
    const auto groups = *std::max_element(rule.groups.begin(), rule.groups.end()) + 1;
    found_.assign(static_cast<std::size_t>(groups), {});
    if (!rule.pattern->Match(subject, 0, subject.size(), re2::RE2::UNANCHORED, found_.data(),
                             groups))
      continue;
    const auto captured = [&](field which) -> std::optional<std::string_view> {
      const auto& piece = found_[static_cast<std::size_t>(rule.groups[which])];
      if (rule.groups[which] == 0 || piece.data() == nullptr)
        return std::nullopt;
      return text.substr(static_cast<std::size_t>(piece.data() - subject.data()), piece.size());
    };
    record made;
    made.identifier = captured(identifier).value_or("");
    made.action = rule.source.action.empty() ? captured(action).value_or("") : rule.source.action;
    made.state = rule.source.state.empty() ? captured(state)
                                           : std::optional<std::string_view>{rule.source.state};
    made.timestamp = captured(timestamp_text);
    made.operation = captured(operation);
    return made;
  }
  return std::nullopt;
}

} // namespace lockstep
