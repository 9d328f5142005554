#include "model/in_quotes.hpp"

#include "model/term/utf8.hpp"

#include <cstdint>

namespace lockstep {

namespace {

constexpr std::size_t most_characters = 80;

bool is_printable(char32_t c) { return c >= 0x20 && (c < 0x7F || c > 0x9F); }

void append_escaped(std::string& out, std::string_view bytes) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out.append("\\x").append(1, digits[byte >> 4U]).append(1, digits[byte & 0x0FU]);
  }
}

/// Moves the first character to `out`, or what stands for it.
void move_character(std::string_view& text, std::string& out) {
  const auto next = utf8::first(text);
  const auto bytes = text.substr(0, next ? next->length : 1);
  if (next && is_printable(next->code_point))
    out += bytes;
  else
    append_escaped(out, bytes);
  text.remove_prefix(bytes.size());
}

enum class marks_inside : std::uint8_t { as_they_are, escaped };

std::string between(char mark, std::string_view text, marks_inside inside,
                    std::size_t max_characters) {
  std::string out(1, mark);
  for (std::size_t shown = 0; !text.empty(); ++shown) {
    if (shown == max_characters)
      return out + mark + "...";
    if (inside == marks_inside::escaped && (text.front() == mark || text.front() == '\\'))
      out += '\\';
    move_character(text, out);
  }
  return out + mark;
}

} // namespace

std::string in_quotes(std::string_view text) {
  return between('"', text, marks_inside::as_they_are, most_characters);
}

std::string in_backticks(std::string_view text) {
  return between('`', text, marks_inside::as_they_are, most_characters);
}

std::string quoted_name(std::string_view name, char mark, std::size_t max_characters) {
  return between(mark, name, marks_inside::escaped, max_characters);
}

std::string on_one_line(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty())
    move_character(text, out);
  return out;
}

} // namespace lockstep
