#pragma once

#include "model/workflow/transition.hpp"

#include <set>
#include <string>

namespace lockstep {

/// What an implementation was seen to do: the observed transitions of one specification's
/// instances.
struct implementation_model {
  /// The name of the specification that the model implements.
  std::string specification;
  /// While learning, an unknown transition is added instead of judged.
  bool learning = false;
  std::set<transition> transitions;

  friend bool operator==(const implementation_model&, const implementation_model&) = default;
};

/// What both were seen to do: the union of the transitions; learning if either is.
/// @pre Both are of the same specification.
[[nodiscard]] implementation_model merge(implementation_model lhs, const implementation_model& rhs);

} // namespace lockstep
