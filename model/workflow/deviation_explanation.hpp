#pragma once

#include "model/term/term.hpp"
#include "model/workflow/implementation_model.hpp"
#include "model/workflow/specification.hpp"
#include "model/workflow/transition.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lockstep {

/// Why a model is not what its specification says once it has one more step, and what would have
/// been right instead.
struct deviation_explanation {
  /// To go on with after a message: no capital, no full stop, e.g. "after `pay` the implementation
  /// can `refund`, the specification cannot; in `paid` the specification allows `ship`".
  std::string text;
  /// For the context of a failure. Always `why` (the first part of the text); `allowed`, a list,
  /// unless it is not known. Where there is one: `experiment` (lines of text), `trace` (a list of
  /// actions, of which only the side `able`, `specification` or `implementation`, can do the last
  /// one), `formula` (text, of the side `holds_for`),
  /// `nearest` and `nearest_state`.
  std::map<std::string, term> data;
  /// The actions that the specification allows where the step began, perhaps after internal steps,
  /// in order of declaration. Nothing if the specification knows no such place.
  std::optional<std::vector<std::string>> allowed;
  /// One of `allowed` if the step's action looks like it, mistyped.
  std::optional<std::string> nearest;
  /// A state that the action leads to if the step's target looks like it, mistyped.
  std::optional<std::string> nearest_state;
};

/// Transitions of both together beyond which differences are not looked for, only names are.
inline constexpr std::size_t max_transitions_explained = 5'000;

/// Explains `deviation_not_equivalent`.
///
/// Where the step began in the specification: in the states that are branching bisimilar to the
/// step's source if the model without the step is equivalent to the specification; else in those
/// that a shortest trace of the model to that source leads to, if they are found within a limit;
/// else in the state of that name.
///
/// Takes a fraction of a millisecond for systems of up to a hundred transitions and is bounded in
/// any case: some 20 ms for the largest ones.
///
/// @pre With the step the model is not equivalent to the specification, and it does not have the
///      step yet.
[[nodiscard]] deviation_explanation explain_deviation(const specification& spec,
                                                      const implementation_model& model,
                                                      const transition& step);

} // namespace lockstep
