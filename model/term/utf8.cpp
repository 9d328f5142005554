#include "model/term/utf8.hpp"

namespace lockstep::utf8 {

std::optional<decoded> first(std::string_view bytes) noexcept {
  if (bytes.empty())
    return std::nullopt;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const char32_t lead = byte(0);
  if (lead < 0x80)
    return decoded{lead, 1};
  if (lead < 0xC2 || lead > 0xF4)
    return std::nullopt;
  const std::size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (bytes.size() < size)
    return std::nullopt;
  auto code_point = lead & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U)
      return std::nullopt;
    code_point = (code_point << 6) | (byte(i) & 0x3FU);
  }
  const bool overlong = (size == 3 && code_point < 0x800) || (size == 4 && code_point < 0x10000);
  if (overlong || !is_character(code_point))
    return std::nullopt;
  return decoded{code_point, size};
}

std::optional<std::size_t> length(std::string_view bytes) noexcept {
  std::size_t count = 0;
  for (; !bytes.empty(); ++count) {
    const auto character = first(bytes);
    if (!character)
      return std::nullopt;
    bytes.remove_prefix(character->length);
  }
  return count;
}

void append(std::string& out, char32_t code_point) {
  const auto put = [&](char32_t byte) {
    out.push_back(static_cast<char>(static_cast<unsigned char>(byte)));
  };
  const auto put_rest = [&](unsigned shift) { put(0x80U | ((code_point >> shift) & 0x3FU)); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0U | (code_point >> 6));
    put_rest(0);
  } else if (code_point < 0x10000) {
    put(0xE0U | (code_point >> 12));
    put_rest(6);
    put_rest(0);
  } else {
    put(0xF0U | (code_point >> 18));
    put_rest(12);
    put_rest(6);
    put_rest(0);
  }
}

std::string from_latin1(std::string_view bytes) {
  std::string text;
  for (auto byte : bytes)
    append(text, static_cast<unsigned char>(byte));
  return text;
}

} // namespace lockstep::utf8
