#include "model/workflow/mermaid_escape.hpp"

#include "model/term/utf8.hpp"
#include "model/workflow/ascii_text.hpp"

#include <cstddef>
#include <cstdint>

namespace lockstep {

namespace {

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/// Characters beyond ASCII that are blank or invisible, and the one that Mermaid's own encoding of
/// entities begins with.
bool is_deceptive(char32_t c) {
  return c == 0xA0 || c == 0xAD || c == 0x1680 || (c >= 0x2000 && c <= 0x200F)
         || (c >= 0x2028 && c <= 0x202F) || (c >= 0x205F && c <= 0x206F) || c == 0x3000
         || c == 0xFB02 || c == 0xFEFF;
}

/// Whether the character at `i` of `text`, an ASCII one, can be written as it is.
bool is_plain(std::string_view text, std::size_t i) {
  const char c = text[i];
  if (is_alphanumeric(c))
    return true;
  const auto before = text.substr(0, i);
  const bool inside = i > 0 && i + 1 < text.size();
  switch (c) {
  case ' ': // "direction LR" is a statement wherever it stands
    return inside && text[i - 1] != ' ' && text[i + 1] != ' '
           && !lower(before).ends_with("direction");
  case '_':
    return true;
  case '.':
  case ')': // "1. x" and "1) x" are lists
    return i > 0 && before.find_first_not_of("0123456789") != std::string_view::npos;
  case '-':
  case '+':
  case '=':
    return i > 0;
  case '(':
  case ',':
  case '/':
  case '!':
  case '?':
  case '\'':
    return true;
  default:
    return false;
  }
}

} // namespace

std::string mermaid_escaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto character = utf8::first(text.substr(i));
    const auto length = character ? character->length : 1;
    const auto code = character ? character->code_point : U'\uFFFD';
    if (!character)
      utf8::append(out, code);
    else if (code < 0x80 ? is_plain(text, i) : !is_deceptive(code))
      out += text.substr(i, length);
    else
      out.append("#").append(std::to_string(static_cast<std::uint32_t>(code))).append(";");
    i += length;
  }
  return out;
}

} // namespace lockstep
