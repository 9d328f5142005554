#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep::utf8 {

struct decoded {
  char32_t code_point;
  /// In bytes.
  std::size_t length;
};

/// The character that `bytes` begins with; nothing if there is none or if it is not well-formed as
/// of RFC 3629 (no overlong forms, no surrogates, nothing beyond U+10FFFF).
[[nodiscard]] std::optional<decoded> first(std::string_view bytes) noexcept;

/// How many characters there are, nothing if `bytes` is not well-formed.
[[nodiscard]] std::optional<std::size_t> length(std::string_view bytes) noexcept;

/// Whether this is the code point of a character: no surrogate, not beyond U+10FFFF.
[[nodiscard]] constexpr bool is_character(char32_t code_point) noexcept {
  return code_point < 0xD800 || (code_point > 0xDFFF && code_point <= 0x10FFFF);
}

/// @param code_point one for which `is_character` holds
void append(std::string& out, char32_t code_point);

/// From text of one byte a character.
[[nodiscard]] std::string from_latin1(std::string_view bytes);

} // namespace lockstep::utf8
