#pragma once

#include "model/workflow/specification.hpp"

#include <string>
#include <vector>

namespace lockstep {

/// Declares a specification in C++:
///
///     auto order = specification_builder{"Order"}
///                      .transition("new", "pay", "paid")
///                      .transition("paid", "ship", "shipped")
///                      .transition_timeout(30s)
///                      .prune_timeout(24h * 7)
///                      .prune_terminal_states()
///                      .log(ec::deviation_not_equivalent, severity::error)
///                      .build();
///
/// The first transition's source is the initial state. What is not set is as in
/// `specification_options`; of calls that set the same thing the last one counts.
class specification_builder {
public:
  explicit specification_builder(std::string name);

  /// Repeated transitions count once.
  specification_builder& transition(std::string from, std::string action, std::string to);

  specification_builder& transition_timeout(time_limit limit);
  specification_builder& prune_timeout(time_limit limit);

  specification_builder& prunable(prunable_states states);
  specification_builder& prune_terminal_states();
  specification_builder& prune_all_states();
  /// Names *implementation* states.
  specification_builder& prune_states(std::vector<std::string> states);

  /// The error is logged, but its call succeeds.
  specification_builder& swallow(ec code);
  /// The error's call fails.
  specification_builder& propagate(ec code);
  specification_builder& log(ec code, severity level);
  specification_builder& on_error(error_callback callback);

  /// @returns `invalid_specification` as `specification::make` does, also for a timeout that is
  ///          less than no time.
  [[nodiscard]] result<specification> build() const;

private:
  std::string name_;
  std::vector<lockstep::transition> transitions_;
  specification_options options_;
};

} // namespace lockstep
