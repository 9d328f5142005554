#pragma once

#include <cstddef>

/// The classes of characters in Erlang's text syntax. Internal to `model/term/`.
namespace lockstep {

inline constexpr std::size_t max_atom_characters = 255;

/// The value of a digit in bases up to 36, or 36 if it is none.
[[nodiscard]] constexpr unsigned digit_value(char c) noexcept {
  if (c >= '0' && c <= '9')
    return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'z')
    return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'Z')
    return static_cast<unsigned>(c - 'A') + 10;
  return 36;
}

/// A small letter of Latin-1: what an atom without quotes begins with.
[[nodiscard]] constexpr bool is_small_letter(char32_t c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 0xDF && c <= 0xFF && c != 0xF7);
}

/// What an atom without quotes goes on with.
[[nodiscard]] constexpr bool is_atom_character(char32_t c) noexcept {
  return is_small_letter(c) || (c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7)
         || (c >= '0' && c <= '9') || c == '_' || c == '@';
}

} // namespace lockstep
