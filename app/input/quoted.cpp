#include "app/input/quoted.hpp"

#include "model/workflow/specification.hpp"

namespace lockstep {

namespace {

constexpr std::size_t max_bytes = 80;

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

std::string_view shortened(std::string_view text) {
  if (text.size() <= max_bytes)
    return text;
  auto size = max_bytes;
  while (size > max_bytes - 4 && is_continuation(text[size]))
    --size;
  return text.substr(0, size);
}

std::string escaped(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7F)
      out += c;
    else
      out.append("\\x").append(1, digits[byte >> 4U]).append(1, digits[byte & 0x0FU]);
  }
  return out;
}

} // namespace

std::string quoted(std::string_view text) {
  const auto shown = shortened(text);
  auto out = '"' + (check_name("text", shown) ? std::string{shown} : escaped(shown));
  if (shown.size() < text.size())
    out += "...";
  return out + '"';
}

} // namespace lockstep
