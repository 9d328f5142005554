#pragma once

#include "model/failure.hpp"

namespace lockstep {

/// What a command's exit status means. Part of the command line's contract.
enum class exit_status : int {
  /// Everything conforms.
  clean = 0,
  /// Instances deviate or are late, or an expectation of a script did not hold.
  findings = 1,
  /// The command line, the configuration, an input or a store cannot be used.
  error = 2,
  /// Stopped by a signal before the end of the input or the script.
  interrupted = 130,
};

/// The status of a command that ends with this error.
[[nodiscard]] exit_status exit_status_of(ec code) noexcept;

} // namespace lockstep
