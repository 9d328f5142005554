#pragma once

#include <cstdint>
#include <string_view>

namespace lockstep {

/// What a supervisor's child is. Part of the network protocol: append only.
enum class child_kind : std::uint8_t {
  /// Does the work.
  worker,
  /// Has children of its own.
  supervisor,
};

[[nodiscard]] constexpr std::string_view to_string(child_kind kind) noexcept {
  return kind == child_kind::supervisor ? "supervisor" : "worker";
}

} // namespace lockstep
