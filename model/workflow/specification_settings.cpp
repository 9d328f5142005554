#include "model/workflow/specification_settings.hpp"

#include "model/in_quotes.hpp"
#include "model/workflow/ascii_text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace lockstep {

namespace {

constexpr std::string_view keys =
    "specification, transition_timeout, prune_timeout, prunable_states, swallow, log.CODE";

constexpr std::string_view log_prefix = "log.";

constexpr std::array<std::pair<std::string_view, prunable_states::kind>, 3> named_kinds{{
    {"none", prunable_states::kind::none},
    {"all", prunable_states::kind::all},
    {"terminal", prunable_states::kind::terminal},
}};

std::size_t first_visible(std::string_view text, std::size_t from) {
  return std::min(text.find_first_not_of(" \t", from), text.size());
}

/// A part of a setting's text and where it begins in it.
struct piece {
  std::string text;
  std::size_t offset;
};

template <class T>
using read_text = tl::expected<T, std::pair<std::size_t, std::string>>;

auto flaw(std::size_t offset, std::string reason) {
  return tl::unexpected(std::pair(offset, std::move(reason)));
}

/// @param offset Of `value`, which has no blanks around it.
read_text<std::string> read_scalar(std::string_view value, std::size_t offset) {
  if (!value.starts_with('"'))
    return std::string(value);
  auto quoted = read_quoted(value);
  if (!quoted || quoted->length != value.size())
    return flaw(offset, in_quotes(value)
                            + " is no text in quotes; end it with a quote and write \\\" and \\\\ "
                              "for a quote and a backslash inside");
  return std::move(quoted->text);
}

/// The elements of `[a, "b c"]`.
read_text<std::vector<piece>> read_list(std::string_view value, std::size_t offset) {
  if (!value.starts_with('[') || !value.ends_with(']') || value.size() < 2)
    return flaw(offset, "expected a list such as [a, \"b c\"], found " + in_quotes(value));
  std::vector<piece> elements;
  const auto end = value.size() - 1;
  auto at = first_visible(value, 1);
  if (at == end)
    return elements;
  for (;; at = first_visible(value, at + 1)) {
    if (value[at] == '"') {
      auto quoted = read_quoted(value.substr(at));
      if (!quoted)
        return flaw(offset + at, "this text does not end; add a quote");
      elements.push_back({std::move(quoted->text), offset + at});
      at = first_visible(value, at + quoted->length);
    } else {
      const auto after = std::min(value.find_first_of(",[]\"", at), value.size());
      const auto bare = trimmed(value.substr(at, after - at));
      if (bare.empty())
        return flaw(offset + at, "an element of the list is missing; add it or remove the comma");
      elements.push_back({std::string(bare), offset + at});
      at = after;
    }
    if (at == end)
      return elements;
    if (at > end || value[at] != ',')
      return flaw(offset + std::min(at, end),
                  "expected a comma between elements of the list; put names that have commas, "
                  "brackets or quotes in quotes");
  }
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += '\\';
    out += c;
  }
  return out + '"';
}

/// A text the way `read_scalar` and `read_list` read it.
std::string written(const std::string& text) {
  const bool is_bare = text.find_first_of(",[]\"\\") == std::string::npos && !text.starts_with(' ')
                       && !text.ends_with(' ');
  return is_bare ? text : quoted(text);
}

template <class Range, class Function>
std::string written_list(const Range& elements, Function write) {
  std::string list;
  for (const auto& element : elements)
    list.append(list.empty() ? "" : ", ").append(write(element));
  return "[" + list + "]";
}

std::string written(const prunable_states& states) {
  if (states.which == prunable_states::kind::listed)
    return written_list(states.states, [](const std::string& state) { return written(state); });
  const auto named = std::ranges::find_if(
      named_kinds, [&](const auto& candidate) { return candidate.second == states.which; });
  return std::string(named->first);
}

} // namespace

struct specification_settings::assignment {
  const specification_settings& owner;
  const setting_line& line;
  std::string_view key;
  std::string_view value;
  std::size_t value_offset;

  [[nodiscard]] source_position position_of(std::size_t offset) const {
    return {line.at.line, line.at.column + (line.is_verbatim ? offset : 0)};
  }

  [[nodiscard]] tl::unexpected<failure> refuse(std::size_t offset,
                                               const std::string& reason) const {
    return refuse_at(owner.source_, position_of(offset), reason);
  }

  [[nodiscard]] result<std::string> scalar() const {
    return located(read_scalar(value, value_offset));
  }

  [[nodiscard]] result<std::vector<piece>> list() const {
    return located(read_list(value, value_offset));
  }

private:
  template <class T>
  [[nodiscard]] result<T> located(read_text<T> read) const {
    if (!read)
      return refuse(read.error().first, read.error().second);
    return *std::move(read);
  }
};

result<void> specification_settings::read(const setting_line& line) {
  const std::string_view text = line.text;
  const auto equals = std::min(text.find('='), text.size());
  const auto key_offset = std::min(first_visible(text, 0), equals);
  const auto value_offset = first_visible(text, std::min(equals + 1, text.size()));
  const assignment given{*this, line, trimmed(text.substr(key_offset, equals - key_offset)),
                         trimmed(text.substr(value_offset)), value_offset};
  if (equals == text.size())
    return given.refuse(key_offset, "expected KEY = VALUE, found " + in_quotes(text)
                                        + "; the keys are " + std::string(keys));
  const auto [first, is_new] =
      seen_.try_emplace(std::string(given.key), given.position_of(key_offset));
  if (!is_new)
    return given.refuse(key_offset, in_quotes(given.key) + " is given already in line "
                                        + std::to_string(first->second.line) + "; remove one");
  return read_value(given);
}

result<void> specification_settings::read_value(const assignment& given) {
  if (given.key == "specification")
    return read_name(given);
  if (given.key == "transition_timeout")
    return read_limit(given, options_.transition_timeout);
  if (given.key == "prune_timeout")
    return read_limit(given, options_.prune_timeout);
  if (given.key == "prunable_states")
    return read_prunable_states(given);
  if (given.key == "swallow")
    return read_swallowed(given);
  if (given.key.starts_with(log_prefix))
    return read_logged(given);
  return given.refuse(first_visible(given.line.text, 0), "there is no key " + in_quotes(given.key)
                                                             + "; the keys are "
                                                             + std::string(keys));
}

result<void> specification_settings::read_name(const assignment& given) {
  auto name = given.scalar();
  if (!name)
    return tl::unexpected(std::move(name).error());
  if (const auto checked = check_name("specification", *name); !checked)
    return given.refuse(given.value_offset, checked.error().message);
  name_ = *std::move(name);
  return {};
}

result<void> specification_settings::read_limit(const assignment& given, time_limit& limit) {
  const auto text = given.scalar();
  if (!text)
    return tl::unexpected(text.error());
  const auto parsed = parse_time_limit(*text);
  if (!parsed)
    return given.refuse(given.value_offset, parsed.error().message);
  limit = *parsed;
  return {};
}

result<void> specification_settings::read_prunable_states(const assignment& given) {
  auto& states = options_.prunable_states;
  if (!given.value.starts_with('[')) {
    const auto named = std::ranges::find_if(
        named_kinds, [&](const auto& candidate) { return candidate.first == given.value; });
    if (named == named_kinds.end())
      return given.refuse(given.value_offset,
                          in_quotes(given.value)
                              + " is not all, terminal or none; write [STATE] for the name of a "
                                "state");
    states.which = named->second;
    return {};
  }
  auto elements = given.list();
  if (!elements)
    return tl::unexpected(std::move(elements).error());
  states.which = prunable_states::kind::listed;
  for (auto& element : *elements) {
    if (const auto checked = check_name("state", element.text); !checked)
      return given.refuse(element.offset, checked.error().message);
    prunable_positions_.try_emplace(element.text, given.position_of(element.offset));
    states.states.push_back(std::move(element.text));
  }
  return {};
}

result<void> specification_settings::read_swallowed(const assignment& given) {
  const auto elements = given.list();
  if (!elements)
    return tl::unexpected(elements.error());
  options_.policy.swallowed.clear();
  for (const auto& element : *elements) {
    const auto code = parse_ec(element.text);
    if (!code)
      return given.refuse(element.offset, in_quotes(element.text)
                                              + " is no error code; write one such as "
                                                "deviation_still_equivalent");
    options_.policy.swallowed.insert(*code);
  }
  return {};
}

result<void> specification_settings::read_logged(const assignment& given) {
  const auto name = given.key.substr(log_prefix.size());
  const auto code = parse_ec(name);
  if (!code)
    return given.refuse(first_visible(given.line.text, 0),
                        in_quotes(name)
                            + " is no error code; write one such as log.deviation_not_equivalent");
  const auto level = parse_severity(given.value);
  if (!level)
    return given.refuse(given.value_offset,
                        in_quotes(given.value)
                            + " is no severity; write off, debug, info, warning or error");
  options_.policy.logged.emplace(*code, *level);
  return {};
}

std::vector<std::string> setting_texts(const specification& spec) {
  const specification_options defaults;
  const auto& options = spec.options();
  std::vector<std::string> texts{"specification = " + written(spec.name())};
  if (options.transition_timeout)
    texts.push_back("transition_timeout = " + to_string(options.transition_timeout));
  if (options.prune_timeout)
    texts.push_back("prune_timeout = " + to_string(options.prune_timeout));
  if (options.prunable_states != defaults.prunable_states)
    texts.push_back("prunable_states = " + written(options.prunable_states));
  if (options.policy.swallowed != defaults.policy.swallowed)
    texts.push_back("swallow = " + written_list(options.policy.swallowed, [](ec code) {
                      return std::string(to_string(code));
                    }));
  for (const auto& [code, level] : options.policy.logged)
    texts.push_back(std::string(log_prefix).append(to_string(code)) + " = "
                    + std::string(to_string(level)));
  return texts;
}

std::optional<quoted_text> read_quoted(std::string_view text) {
  if (!text.starts_with('"'))
    return std::nullopt;
  quoted_text read{{}, 0};
  for (std::size_t i = 1; i < text.size(); ++i) {
    const bool is_escape = text[i] == '\\' && i + 1 < text.size();
    if (text[i] == '"') {
      read.length = i + 1;
      return read;
    }
    if (is_escape && (text[i + 1] == '"' || text[i + 1] == '\\'))
      ++i;
    read.text += text[i];
  }
  return std::nullopt;
}

} // namespace lockstep
