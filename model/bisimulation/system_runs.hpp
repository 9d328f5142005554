#pragma once

#include "model/bisimulation/adjacency.hpp"
#include "model/bisimulation/lts.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace lockstep {

/// Searches for runs of a system. Internal to `model/bisimulation/`.
class run_finder {
public:
  explicit run_finder(const lts& system)
      : state_count_(system.state_count), edges_(adjacency::forward(system)) {}

  /// A shortest way from `from` over internal steps to an edge that is wanted, that edge included.
  /// @returns nothing if there is none.
  [[nodiscard]] std::optional<std::vector<lts::edge>>
  to_edge(lts::state from, const std::function<bool(const lts::edge&)>& is_wanted) const;

  /// A shortest run with this trace, over internal steps as needed.
  /// @param max_work States and edges that are looked at, at most, anew for each part of the trace
  ///        that leads there. Takes some 40 bytes for each such state.
  /// @returns nothing if there is none, or none within the limit.
  [[nodiscard]] std::optional<std::vector<lts::edge>>
  with_trace(lts::state from, std::span<const lts::label> trace, std::size_t max_work) const;

  /// The states that runs with this trace lead to, internal steps at the end included, nearest
  /// ones first.
  /// @param max_work As of `with_trace`, but takes memory for the system's states only.
  /// @returns no states if there is no such run, or if the limit does not allow for all of them.
  [[nodiscard]] std::vector<lts::state>
  states_after(lts::state from, std::span<const lts::label> trace, std::size_t max_work) const;

  [[nodiscard]] std::span<const adjacency::neighbour> steps_of(lts::state state) const {
    return edges_.of(state);
  }

private:
  lts::state state_count_;
  adjacency edges_;
};

} // namespace lockstep
