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

/// The model that a node starts with if a `.spex` file and a store have one: a file whose learning
/// mode is off is the model; one that is learning is united with what the store learned.
[[nodiscard]] implementation_model starting_model(implementation_model stored,
                                                  const implementation_model& file);

} // namespace lockstep
