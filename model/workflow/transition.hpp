#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace lockstep {

/// The action of the first step of every instance, which leads from no state to its initial state.
inline constexpr std::string_view initialisation_action = "__initialisation__";

/// The unobservable action, tau in the literature.
inline constexpr std::string_view internal_action = "__internal__";

/// One edge of a labelled transition system: `from --[action]-> to`.
struct transition {
  /// The source state; empty means "no state", which only an initialisation starts from.
  std::string from;
  std::string action;
  std::string to;

  friend auto operator<=>(const transition&, const transition&) = default;
};

/// Whether the transition's action is the initialisation, wherever it starts.
[[nodiscard]] inline bool is_initialisation(const transition& step) noexcept {
  return step.action == initialisation_action;
}

} // namespace lockstep
