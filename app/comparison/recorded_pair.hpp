#pragma once

#include "model/bisimulation/label_table.hpp"
#include "model/bisimulation/named_system.hpp"
#include "model/failure.hpp"

#include <string_view>

namespace lockstep {

/// Two systems, and whether they are known to be branching bisimilar.
struct recorded_pair {
  named_system a;
  named_system b;
  bool branching_bisimilar = false;
};

/// Reads a pair from a JSON object:
///
///     {"a": {"initial": "s0", "transitions": [["s0", "pay", "s1"]]},
///      "b": {"initial": "t0", "transitions": [["t0", "__internal__", "t0"]]},
///      "tau": "__internal__", "branching_bisimilar": false}
///
/// Only the action that `tau` names is internal, `__internal__` if it is missing; so `i`, `tau`
/// and, if another one is named, `__internal__` are visible. The latter has the name
/// `__internal__ (visible)` in `labels`. An initial state need not be in any transition. Other
/// members of the object are ignored.
///
/// Memory is in proportion to the text, whatever its nesting.
/// @returns `invalid_input` with a message like "no JSON: …" or "a.transitions[3] is …", without
///          the place of the text itself.
[[nodiscard]] result<recorded_pair> parse_recorded_pair(std::string_view text, label_table& labels);

} // namespace lockstep
