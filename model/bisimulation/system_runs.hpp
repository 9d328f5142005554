#pragma once

#include "model/bisimulation/adjacency.hpp"
#include "model/bisimulation/lts.hpp"

#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace lockstep {

/// Searches for runs of a system. Internal to `model/bisimulation/`.
class run_finder {
public:
  explicit run_finder(const lts& system) : edges_(adjacency::forward(system)) {}

  /// A shortest way from `from` over internal steps to an edge that is wanted, that edge included.
  /// @returns nothing if there is none.
  [[nodiscard]] std::optional<std::vector<lts::edge>>
  to_edge(lts::state from, const std::function<bool(const lts::edge&)>& is_wanted) const;

  /// A shortest run with this trace, over internal steps as needed.
  [[nodiscard]] std::optional<std::vector<lts::edge>>
  with_trace(lts::state from, std::span<const lts::label> trace) const;

  /// The states that runs with this trace lead to, internal steps at the end included, nearest
  /// ones first.
  [[nodiscard]] std::vector<lts::state> states_after(lts::state from,
                                                     std::span<const lts::label> trace) const;

  [[nodiscard]] std::span<const adjacency::neighbour> steps_of(lts::state state) const {
    return edges_.of(state);
  }

private:
  adjacency edges_;
};

} // namespace lockstep
