#include "fuzz/properties.hpp"

#include "model/term/utf8.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <optional>

namespace lockstep::fuzz {

namespace {

[[noreturn]] void report(std::string_view what, std::string_view detail = {}) {
  std::cerr << "property does not hold: " << what << '\n';
  if (!detail.empty())
    std::cerr << "  " << detail << '\n';
  std::abort();
}

/// A line without its line feed; there is an empty one behind the last line feed, as that is where
/// what is missing at the end is missed.
std::optional<std::string_view> line_of(std::string_view text, std::uint64_t number) {
  for (; number > 1; --number) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos)
      return std::nullopt;
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

std::optional<std::uint64_t> number_in(const failure& error, const char* name) {
  const auto found = error.context.find(name);
  if (found == error.context.end())
    return std::nullopt;
  const auto* number = found->second.as_integer();
  if (number == nullptr || *number < 1)
    report(std::string(name) + " in the context is a number from 1", error.message);
  return static_cast<std::uint64_t>(*number);
}

} // namespace

std::string_view text_of(const std::uint8_t* data, std::size_t size) noexcept {
  return size == 0 ? std::string_view{}
                   : std::string_view{reinterpret_cast<const char*>(data), size};
}

void demand(bool holds, std::string_view what) {
  if (!holds)
    report(what);
}

void demand_message(std::string_view message) {
  if (message.empty())
    report("a message says something");
  if (!utf8::length(message))
    report("a message is UTF-8", message);
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::ranges::any_of(message, is_control))
    report("a message is one line", message);
  if (message.ends_with('.') && !message.ends_with("..."))
    report("a message has no full stop at its end", message);
}

void demand_message(const failure& error, ec expected) {
  if (error.code != expected)
    report("the error is " + std::string(to_string(expected)), error.message);
  demand_message(error.message);
}

void demand_place_in(std::string_view text, std::uint64_t line, std::uint64_t column,
                     columns counted) {
  const auto found = line_of(text, line);
  if (!found)
    report("the line is in the text", "line " + std::to_string(line));
  const auto size =
      counted == columns::bytes ? found->size() : utf8::length(*found).value_or(found->size());
  if (column > size + 1)
    report("the column is in the line", "column " + std::to_string(column) + " of "
                                            + std::to_string(size) + ", line "
                                            + std::to_string(line));
}

void demand_place_in(std::string_view text, const failure& error, columns counted) {
  if (const auto line = number_in(error, "line"))
    demand_place_in(text, *line, number_in(error, "column").value_or(0), counted);
}

} // namespace lockstep::fuzz
