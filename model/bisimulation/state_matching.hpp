#pragma once

#include "model/bisimulation/lts.hpp"
#include "model/bisimulation/named_system.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace lockstep {

/// The classes of branching bisimilar states in two systems, by state; the numbers of both mean the
/// same.
struct joint_classes {
  std::vector<lts::state> lhs;
  std::vector<lts::state> rhs;
};

/// Labels of both mean the same.
[[nodiscard]] joint_classes classes_of_both(const lts& lhs, const lts& rhs);

/// Which states of two systems count as the same one, as when both are shown in one picture.
struct state_matching {
  using number = std::uint32_t;
  static constexpr number none = static_cast<number>(-1);

  /// By state: the number of what it counts as. `none` if it is not reachable and states are
  /// matched by behaviour.
  std::vector<number> lhs;
  std::vector<number> rhs;
  /// By number.
  std::vector<std::string> names{};
  bool by_name = false;
};

/// **By name** if both systems have names and begin in states of the same name: states of the same
/// name are the same. Several of one name in one system are one, too.
///
/// Otherwise **by behaviour**: the reachable states that are branching bisimilar are the same, and
/// they are called as the first ones of both systems, "new / q0". What has no match by then gets
/// one if both systems come there in the same way: the initial states are the same; from two that
/// are matched in this way, those that the same action leads to are matched in order of the
/// transitions.
[[nodiscard]] state_matching match_states(const named_system& lhs, const named_system& rhs,
                                          const joint_classes& classes);

} // namespace lockstep
