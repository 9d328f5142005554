#include "app/input/json_slice.hpp"

#include "app/input/quoted.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <nlohmann/json.hpp>

namespace lockstep {

namespace {

// -- validation ----------------------------------------------------------------------------------

/// The reason in "[json...] parse error at line 1, column 5: REASON; last read: 'TEXT'; expected
/// X", without the text, which may be long and any bytes.
std::string reason_in(std::string_view what, const std::string& text) {
  constexpr auto none = std::string_view::npos;
  if (what.find("number overflow") != none)
    return "a number is beyond the range of floats";
  if (const auto colon = what.find(": "); colon != none)
    what.remove_prefix(colon + 2);
  auto reason = std::string{what};
  const auto last_read = "; last read: '" + text + '\'';
  if (const auto from = reason.find(last_read); from != none)
    reason.erase(from, last_read.size());
  return reason;
}

/// Takes no notice of values, only of the first error.
struct checker {
  using json = nlohmann::json;

  std::optional<json_problem> problem;

  bool null() { return true; }
  bool boolean(bool) { return true; }
  bool number_integer(json::number_integer_t) { return true; }
  bool number_unsigned(json::number_unsigned_t) { return true; }
  bool number_float(json::number_float_t, const json::string_t&) { return true; }
  bool string(json::string_t&) { return true; }
  bool binary(json::binary_t&) { return true; }
  bool start_object(std::size_t) { return true; }
  bool key(json::string_t&) { return true; }
  bool end_object() { return true; }
  bool start_array(std::size_t) { return true; }
  bool end_array() { return true; }
  bool parse_error(std::size_t position, const std::string& text, const json::exception& error) {
    problem = {std::max<std::size_t>(position, 1), reason_in(error.what(), text)};
    return false;
  }
};

// -- walking over valid JSON ---------------------------------------------------------------------

void skip_blanks(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

/// Cuts the string off that the text starts with, quotes included.
std::string_view take_string(std::string_view& text) {
  std::size_t size = 1;
  while (size < text.size() && text[size] != '"')
    size += text[size] == '\\' ? 2 : 1;
  const auto taken = text.substr(0, size + 1);
  text.remove_prefix(taken.size());
  return taken;
}

/// Cuts the value off that the text starts with.
std::string_view take_value(std::string_view& text) {
  const auto whole = text;
  std::size_t depth = 0;
  do {
    switch (text.front()) {
    case '"':
      take_string(text);
      break;
    case '{':
    case '[':
      ++depth;
      text.remove_prefix(1);
      break;
    case '}':
    case ']':
      --depth;
      text.remove_prefix(1);
      break;
    case ',':
    case ':':
    case ' ':
    case '\t':
    case '\r':
    case '\n':
      text.remove_prefix(1);
      break;
    default: // a number or a word
      text.remove_prefix(std::min(text.find_first_of(",:]} \t\r\n"), text.size()));
    }
  } while (depth > 0 && !text.empty());
  return whole.substr(0, whole.size() - text.size());
}

std::optional<std::size_t> parse_index(std::string_view token) {
  std::size_t index = 0;
  const auto* end = token.data() + token.size();
  const auto [stop, error] = std::from_chars(token.data(), end, index);
  const auto has_leading_zero = token.size() > 1 && token.front() == '0';
  if (error != std::errc{} || stop != end || has_leading_zero)
    return std::nullopt;
  return index;
}

bool is_named(std::string_view key, std::string_view name) {
  if (key.find('\\') == std::string_view::npos)
    return key.substr(1, key.size() - 2) == name;
  return decode_json_string(key) == name;
}

/// The value of one member or element of a value.
std::optional<std::string_view> find_child(std::string_view text, const std::string& token) {
  const auto is_object = text.starts_with('{');
  const auto index = is_object ? std::nullopt : parse_index(token);
  if (!is_object && !(text.starts_with('[') && index))
    return std::nullopt;
  std::optional<std::string_view> found;
  text.remove_prefix(1);
  for (std::size_t number = 0;; ++number) {
    skip_blanks(text);
    if (text.empty() || text.front() == '}' || text.front() == ']')
      return found;
    auto wanted = index == number;
    if (is_object) {
      wanted = is_named(take_string(text), token);
      skip_blanks(text);
      text.remove_prefix(1); // the colon
      skip_blanks(text);
    }
    const auto value = take_value(text);
    if (wanted)
      found = value;
    skip_blanks(text);
    if (text.starts_with(','))
      text.remove_prefix(1);
  }
}

} // namespace

result<json_pointer> json_pointer::parse(std::string_view text) {
  const auto refuse = [text](std::string_view problem) {
    return fail(ec::invalid_configuration,
                quoted(text) + " is no JSON pointer: " + std::string{problem});
  };
  json_pointer made;
  if (!text.empty() && !text.starts_with('/'))
    return refuse("it must start with '/', e.g. /order/id");
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '/') {
      made.tokens_.emplace_back();
      continue;
    }
    auto c = text[i];
    if (c == '~') {
      const auto code = ++i < text.size() ? text[i] : '\0';
      if (code != '0' && code != '1')
        return refuse("'~' must be followed by 0 (for '~') or 1 (for '/')");
      c = code == '0' ? '~' : '/';
    }
    made.tokens_.back() += c;
  }
  return made;
}

std::optional<json_problem> check_json(std::string_view text) {
  checker check;
  nlohmann::json::sax_parse(text.begin(), text.end(), &check);
  return std::move(check.problem);
}

std::optional<std::string_view> find_json(std::string_view text, const json_pointer& where) {
  skip_blanks(text);
  std::optional<std::string_view> found = take_value(text);
  for (const auto& token : where.tokens()) {
    found = find_child(*found, token);
    if (!found)
      break;
  }
  return found;
}

std::string decode_json_string(std::string_view slice) {
  auto decoded = nlohmann::json::parse(slice.begin(), slice.end(), nullptr, false);
  auto* text = decoded.get_ptr<std::string*>();
  return text ? std::move(*text) : std::string{};
}

} // namespace lockstep
