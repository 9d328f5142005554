#pragma once

#include "model/bisimulation/adjacency.hpp"
#include "model/bisimulation/lts.hpp"
#include "model/bisimulation/trace_difference.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_set>
#include <vector>

namespace lockstep {

/// The sets of states that traces of a system lead to, each one stored once. Internal to
/// `model/bisimulation/`.
///
/// Sets are closed under internal steps if those are invisible. States without visible steps are
/// left out then, as they add no traces beside those of the states they lead to; so the set that a
/// trace leads to may be empty.
class state_sets {
public:
  using set = std::uint32_t;

  struct step {
    lts::label action;
    lts::state target;
    friend auto operator<=>(const step&, const step&) = default;
  };

  state_sets(const lts& system, internal_steps treated);
  state_sets(const state_sets&) = delete; // `numbers_` points to this
  state_sets& operator=(const state_sets&) = delete;

  /// The set that internal steps, if they are invisible, lead to from these states.
  [[nodiscard]] set closure(std::span<const step> steps);

  /// The visible steps of a set's states, sorted, each one once.
  void visible_steps(set from, std::vector<step>& steps);

  /// How many sets there are: `0 … size() - 1`.
  [[nodiscard]] std::size_t size() const noexcept { return begin_.size() - 1; }
  /// States in all sets together.
  [[nodiscard]] std::size_t stored_states() const noexcept { return members_.size(); }
  /// States and edges that were looked at so far.
  [[nodiscard]] std::size_t work() const noexcept { return work_; }

private:
  struct by_members {
    const state_sets* sets;
    std::size_t operator()(set one) const;
    bool operator()(set lhs, set rhs) const;
  };

  [[nodiscard]] std::span<const lts::state> members(set one) const noexcept {
    return {members_.data() + begin_[one], members_.data() + begin_[one + std::size_t{1}]};
  }
  [[nodiscard]] bool is_visible(lts::label action) const noexcept {
    return treated_ == internal_steps::visible || action != lts::tau;
  }
  void visit(lts::state state);

  adjacency out_;
  internal_steps treated_;
  /// Set `i` is `members_[begin_[i]] … members_[begin_[i + 1] - 1]`, ascending.
  std::vector<std::size_t> begin_{0};
  std::vector<lts::state> members_;
  std::unordered_set<set, by_members, by_members> numbers_;
  std::size_t work_ = 0;
  /// By state: is it in `reached_`, the closure that is being built?
  std::vector<bool> is_reached_;
  std::vector<lts::state> reached_;
};

} // namespace lockstep
