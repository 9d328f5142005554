#pragma once

#include <cstdint>

namespace lockstep {

/// Which of two compared systems.
enum class side : std::uint8_t { lhs, rhs };

[[nodiscard]] constexpr side other(side one) noexcept {
  return one == side::lhs ? side::rhs : side::lhs;
}

} // namespace lockstep
