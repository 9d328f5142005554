#pragma once

#include "model/bisimulation/equivalence.hpp"
#include "model/bisimulation/lts.hpp"

#include <string>
#include <vector>

namespace lockstep {

struct compared_systems;

/// The states of two systems that are equivalent to each other, in ascending order.
struct corresponding_states {
  std::vector<lts::state> lhs;
  std::vector<lts::state> rhs;
  friend bool operator==(const corresponding_states&, const corresponding_states&) = default;
};

/// The relation that shows two systems equivalent: all classes of states that the initial ones
/// reach, the class of the initial states first. Classes of equivalent systems have states of both.
/// @pre `kind` is `branching` or `strong`; traces have no such relation.
[[nodiscard]] std::vector<corresponding_states> corresponding(const lts& lhs, const lts& rhs,
                                                              equivalence kind);

/// A line for each class, such as "`new`, `queued` = `q0`", each with a line feed. Of more than
/// 1,000 classes and 20 states of a class the rest is counted.
[[nodiscard]] std::string in_words(const std::vector<corresponding_states>& relation,
                                   const compared_systems& systems);

} // namespace lockstep
