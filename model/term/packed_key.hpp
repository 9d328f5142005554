#pragma once

#include "model/term/term.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace lockstep {

/// A term as a few words that are equal if and only if the terms are: what hash tables compare
/// without following pointers. Only short terms fit, such as `{user, <<36 bytes>>}`; big integers
/// and maps do not. For this process only.
struct packed_key {
  using words = std::array<std::uint64_t, 6>;

  /// All zero if the term does not fit.
  words content{};
  /// Of the term, whether it fits or not.
  std::uint32_t hash = 0;

  [[nodiscard]] bool fits() const noexcept { return content[0] != 0; }
};

[[nodiscard]] packed_key pack(const term& key) noexcept;

/// Without branches, since they are equal most of the time.
[[nodiscard]] inline bool same_words(const packed_key::words& lhs,
                                     const packed_key::words& rhs) noexcept {
  std::uint64_t difference = 0;
  for (std::size_t i = 0; i < lhs.size(); ++i)
    difference |= lhs[i] ^ rhs[i];
  return difference == 0;
}

} // namespace lockstep
