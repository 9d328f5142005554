#pragma once

#include "model/bisimulation/corresponding_states.hpp"
#include "model/bisimulation/explanation.hpp"

#include <nlohmann/json_fwd.hpp>

#include <vector>

namespace lockstep {

/// An explanation for programs:
///
///     { "equivalence": "branching", "equivalent": false,
///       "lhs": "the specification", "rhs": "the implementation",
///       "experiment": …, "formula": … }
///
/// The experiment is null, or a trace that one side can do:
///
///     { "kind": "trace", "able": "lhs", "trace": ["pay"], "action": "refund",
///       "run": [{"from": "new", "action": "pay", "to": "paid"}, …],
///       "other": {"states": ["paid"], "states_left_out": 0,
///                 "actions": ["ship"], "actions_left_out": 0} }
///
/// (`run` or `other` is null if it would take too much to find), or a play of the bisimulation
/// game, where `trace` are the actions on the way to the last attack, `action` is that of this
/// attack, and `same_traces` is null if it is not known:
///
///     { "kind": "game", "same_traces": true, "trace": [], "trace_left_out": 0,
///       "action": "create", "exchanges_left_out": 0,
///       "exchanges": [{"attacker": "lhs", "action": "create", "run": […], "defender": "q0",
///                      "answers": [{"run": […], "differs": "after",
///                                   "states": {"lhs": "p2", "rhs": "q2"},
///                                   "reason": {"able": "lhs", "trace": ["pay"]},
///                                   "followed": false}],
///                      "answers_left_out": 0}] }
///
/// A side is `lhs` or `rhs`; `differs` is `before` or `after`; `reason` may be null. Internal steps
/// are `__internal__`. The formula is `{"text": …, "holds_for": "lhs", "depth": 2, "parts": 5}`, or
/// has a `"reason"` why the text is null: it is too long, or was not made; then it has no other
/// members. Names that are not UTF-8 are as in words: in quotes, with `\xHH` for other bytes.
[[nodiscard]] nlohmann::json to_json(const explanation& why, const compared_systems& systems,
                                     const label_table& labels);

/// The relation between two equivalent systems: `[{"lhs": ["new"], "rhs": ["q0", "q1"]}, …]`.
[[nodiscard]] nlohmann::json to_json(const std::vector<corresponding_states>& relation,
                                     const compared_systems& systems);

} // namespace lockstep
