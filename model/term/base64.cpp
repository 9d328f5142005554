#include "model/term/base64.hpp"

#include <algorithm>
#include <cstdint>

namespace lockstep {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

tl::unexpected<failure> not_base64(std::string_view what) {
  return fail(ec::invalid_term, "not Base64: " + std::string{what});
}

} // namespace

std::string to_base64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(bytes.size(), 3))) {
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = (group << 8) | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i)
      text.push_back(i <= bytes.size() ? alphabet[(group >> (18 - 6 * i)) & 0x3FU] : '=');
  }
  return text;
}

result<std::string> from_base64(std::string_view text) {
  const auto size = std::min(text.find('='), text.size());
  std::string bytes;
  bytes.reserve(size / 4 * 3 + 2);
  std::uint32_t group = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const auto value = alphabet.find(text[i]);
    if (value == std::string_view::npos)
      return not_base64("column " + std::to_string(i + 1) + " is none of A-Z, a-z, 0-9, + and /");
    group = (group << 6) | static_cast<std::uint32_t>(value);
    if (i % 4 != 0)
      bytes.push_back(static_cast<char>(static_cast<unsigned char>(group >> (6 - 2 * (i % 4)))));
  }
  if (text.size() % 4 != 0 || text.substr(size) != std::string(text.size() - size, '=')
      || text.size() - size > 2)
    return not_base64(
        "the text must be a multiple of four characters, filled up with one or two =");
  const auto unused_bits = 2 * (text.size() - size);
  if ((group & ((1U << unused_bits) - 1)) != 0)
    return not_base64("the last character has bits set that belong to no byte");
  return bytes;
}

} // namespace lockstep
