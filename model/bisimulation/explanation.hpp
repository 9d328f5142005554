#pragma once

#include "model/bisimulation/equivalence.hpp"
#include "model/bisimulation/formula.hpp"
#include "model/bisimulation/label_table.hpp"
#include "model/bisimulation/lts.hpp"
#include "model/bisimulation/named_system.hpp"
#include "model/bisimulation/side.hpp"
#include "model/bisimulation/trace_difference.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace lockstep {

/// How much an explanation may cost and hold. What does not fit is left out and said to be.
struct explanation_limits {
  /// Of the search for a shortest trace difference.
  trace_search_limits traces = trace_search_limits::of_pairs(100'000);
  /// Edges that are looked at, roughly, to separate the initial states round by round and to make
  /// a formula; 60 million take up to a few seconds and 200 MB.
  std::size_t max_work = 60'000'000;
  /// Nodes of the formula while it is made.
  std::size_t max_formula_nodes = 20'000;
  /// States and edges that are looked at, roughly, to tell answers in a game apart by traces. Other
  /// answers are told apart by playing on.
  std::size_t max_reason_work = 1'000'000;
  /// States and edges that are looked at to find one run with a trace, and the states that a trace
  /// leads to: by as much of the trace as leads there. A million take up to 50 MB. Beyond this the
  /// run is left out, or the states are.
  std::size_t max_run_work = 1'000'000;
  /// Answers of the defender that are told of one attack: the easiest ones and the hardest. At
  /// least one.
  std::size_t max_answers = 5;
  /// Attacks that are told of one game.
  std::size_t max_exchanges = 8;
  /// Actions that are kept of the way to the last attack of a game.
  std::size_t max_trace = 10'000;
  /// States and actions that are listed after a trace.
  std::size_t max_listed = 8;
};

/// Steps of one system, internal ones included, by its own numbers of states.
struct system_run {
  struct step {
    lts::label action;
    lts::state to;
    friend bool operator==(const step&, const step&) = default;
  };
  lts::state from = 0;
  std::vector<step> steps{};

  [[nodiscard]] lts::state end() const { return steps.empty() ? from : steps.back().to; }
  friend bool operator==(const system_run&, const system_run&) = default;
};

/// A trace that only one system can do.
struct trace_experiment {
  trace_difference difference;
  /// How the able side does it; internal steps are there whether they count as actions or not.
  /// Without steps if it is left out.
  system_run run;
  /// Where the other side may be when only the last action is missing (the nearest ones, not more
  /// than `max_listed`, in ascending order), and what it can do in one of these instead, perhaps
  /// after internal steps. No states at all if that is left out.
  std::vector<lts::state> others{};
  std::size_t others_left_out = 0;
  std::vector<lts::label> instead{};
  std::size_t instead_left_out = 0;
};

/// One move of the bisimulation game, and why no answer to it will do.
struct game_exchange {
  struct answer {
    /// Of the defender. Without steps: it stays where it is.
    system_run run{};
    /// What differs are the states before the action rather than those after it.
    bool differs_before = false;
    /// What tells these states apart, where traces do.
    std::optional<trace_difference> reason{};
  };

  side attacker = side::lhs;
  /// Internal steps that change nothing yet, then the action.
  system_run attack{};
  /// Where the defender is.
  lts::state defender = 0;
  /// The easiest first; none if the defender cannot do the action, now or later.
  std::vector<answer> answers{};
  std::size_t answers_left_out = 0;
  /// The index of the answer that the next exchange goes on from, if there is a next one.
  std::optional<std::size_t> followed{};

  [[nodiscard]] lts::label action() const { return attack.steps.back().action; }
};

/// What happens in the game if the defender takes the hardest answer each time. Played where both
/// systems have the same traces, or too many to find a difference.
struct game_experiment {
  /// The traces are known to be the same; otherwise nothing is known about them.
  bool same_traces = false;
  /// What both sides do until the last attack; internal steps only for strong bisimilarity.
  std::vector<lts::label> trace{};
  std::size_t trace_left_out = 0;
  /// At least one. If the play is long: its beginning, and its last exchange.
  std::vector<game_exchange> exchanges{};
  /// Between the last two.
  std::size_t exchanges_left_out = 0;
};

/// Why two systems are not equivalent.
struct explanation {
  equivalence kind = equivalence::branching;
  /// Nothing if the limits do not allow for one.
  std::variant<std::monostate, trace_experiment, game_experiment> experiment{};
  /// Holds in the initial state of one side only; no negation. It says what a trace experiment
  /// shows. Nothing if the limits do not allow for one.
  std::optional<formula> distinguishing{};
  side holds_for = side::lhs;
};

/// Two systems that share a label table, and how sentences name them: "the specification", a file's
/// name in backticks.
struct compared_systems {
  named_system lhs;
  named_system rhs;
  std::string lhs_name;
  std::string rhs_name;
};

/// Finds out why two systems are not equivalent. For branching and strong bisimilarity the
/// experiment is a shortest difference of their traces, or, where there is none, a play of the
/// bisimulation game; for traces it is the former.
///
/// Takes memory in proportion to the systems and the limits, never stack.
/// @pre The systems are not equivalent. If they are, there is neither an experiment nor a formula.
[[nodiscard]] explanation explain_difference(const lts& lhs, const lts& rhs, equivalence kind,
                                             const explanation_limits& limits = {});

/// The explanation for people: lines that each end in a line feed, e.g.
///
///     After `pay` the specification can `refund`; the implementation cannot.
///       the specification: new --[pay]-> paid --[refund]-> new
///       the implementation: then in `paid`, where it can only `ship`
///     formula: <tau*><pay><tau*><refund>true (holds for the specification only)
///
/// or, where choices differ rather than traces,
///
///     The implementation in `q0` can `pay` to `q1`, where `ship` is impossible; the
///     specification, in `p0`, always leaves it possible. (Both can do the same sequences of
///     actions.)
///       the implementation: q0 --[pay]-> q1
///       the specification, in `p0`, has only one answer:
///       - p0 --[pay]-> p1; but then `ship` is possible in `p1`, while the implementation cannot
///         `ship` in `q1`
///
/// but without breaking long lines.
[[nodiscard]] std::string in_words(const explanation& why, const compared_systems& systems,
                                   const label_table& labels);

/// The first sentence only, without a full stop, e.g. "after `pay` the specification can `refund`;
/// the implementation cannot".
[[nodiscard]] std::string in_short(const explanation& why, const compared_systems& systems,
                                   const label_table& labels);

} // namespace lockstep
