#pragma once

#include "model/workflow/source_position.hpp"
#include "model/workflow/specification.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// What is odd about a specification that can be used all the same.
struct specification_finding {
  enum class kind : std::uint8_t {
    /// There are no transitions, so instances cannot be initialised.
    no_initial_state,
    /// No way leads from the initial state to this one.
    orphan_state,
    /// A prunable state that the specification does not have. Prunable states are *implementation*
    /// states, so this may be meant.
    unknown_prunable_state,
    /// The picture ends a state (`a --> [*]`) that has a way out and so is not terminal.
    exit_from_terminal_state,
  };
  kind what{};
  /// Empty with `no_initial_state`.
  std::string state;
  /// One sentence; begins with source, line and column if these are known.
  std::string message;
  /// The first mention of the state, if the specification was read from a text.
  std::optional<source_position> at;

  friend bool operator==(const specification_finding&, const specification_finding&) = default;
};

/// Orphan states in order of appearance, then unknown prunable states in theirs, each once.
[[nodiscard]] std::vector<specification_finding> check_specification(const specification& spec);

/// A specification that was read from a text, and what is odd about it.
struct declared_specification {
  specification value;
  /// With positions, in the order of `check_specification`; what only a picture can have comes
  /// last.
  std::vector<specification_finding> findings;
};

/// Tells a finding where it is: sets `at` and puts the place before the message.
void locate(specification_finding& finding, std::string_view source, source_position at);

} // namespace lockstep
