#pragma once

#include "model/failure.hpp"
#include "model/time.hpp"
#include "model/workflow/error_policy.hpp"
#include "model/workflow/transition.hpp"

#include <string>
#include <variant>
#include <vector>

namespace lockstep {

/// Which states' instances may be pruned: none, all, the terminal ones of the specification, or
/// the *implementation* states that are listed.
struct prunable_states {
  enum class kind : std::uint8_t { none, all, terminal, listed };
  kind which = kind::none;
  /// Only with `kind::listed`.
  std::vector<std::string> states;
  friend bool operator==(const prunable_states&, const prunable_states&) = default;
};

/// What applies to the instances of a specification beside its transitions.
struct specification_options {
  /// Most time between two steps of an instance.
  time_limit transition_timeout{};
  /// Least idle time before an instance may be pruned.
  time_limit prune_timeout{};
  lockstep::prunable_states prunable_states{};
  error_policy policy{};
  friend bool operator==(const specification_options&, const specification_options&) = default;
};

/// A workflow as a labelled transition system. A value: built once, then only read.
class specification {
public:
  /// @param transitions In order of declaration; repeated ones count once. May be empty: then
  ///        there is no initial state.
  /// @returns `invalid_specification` if a name (of the specification, a state, an action or a
  ///          prunable state) fails `check_name`, or if a transition is an initialisation. The
  ///          context holds `specification` and, where it is about one, `transition` (from 1).
  [[nodiscard]] static result<specification>
  make(std::string name, std::vector<transition> transitions, specification_options options = {});

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// Without repetitions, in order of declaration.
  [[nodiscard]] const std::vector<transition>& transitions() const noexcept { return transitions_; }
  [[nodiscard]] const specification_options& options() const noexcept { return options_; }

  /// The source of the first transition; empty if there are no transitions.
  [[nodiscard]] const std::string& initial_state() const noexcept { return initial_state_; }
  /// In order of appearance.
  [[nodiscard]] const std::vector<std::string>& states() const noexcept { return states_; }
  /// In order of appearance.
  [[nodiscard]] const std::vector<std::string>& actions() const noexcept { return actions_; }
  /// States without outgoing transitions, in order of appearance.
  [[nodiscard]] const std::vector<std::string>& terminal_states() const noexcept {
    return terminal_states_;
  }
  [[nodiscard]] bool is_terminal(const std::string& state) const noexcept;

  friend bool operator==(const specification&, const specification&) = default;

private:
  std::string name_;
  std::vector<transition> transitions_;
  specification_options options_;
  std::string initial_state_;
  std::vector<std::string> states_;
  std::vector<std::string> actions_;
  std::vector<std::string> terminal_states_;
};

/// Checks a name of a state, an action or a specification: 1 to 255 characters of UTF-8, no
/// control characters (Unicode's category Cc). Blanks, quotes and the like are fine.
/// @param what What the name is of, for the message, e.g. "state".
/// @returns `invalid_argument` with a message that quotes the name.
[[nodiscard]] result<void> check_name(std::string_view what, std::string_view name);

} // namespace lockstep
