#pragma once

#include "model/bisimulation/lts.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace lockstep {

/// The edges of a system grouped by one of their ends, internal steps first: compressed sparse
/// rows. Can be used again without giving its memory back. Internal to `model/bisimulation/`.
class adjacency {
public:
  struct neighbour {
    lts::label action;
    lts::state state;
  };

  /// By source: `of(s)` are the actions and targets of the edges from `s`.
  [[nodiscard]] static adjacency forward(const lts& system);
  /// By target: `of(s)` are the actions and sources of the edges to `s`.
  [[nodiscard]] static adjacency backward(const lts& system);

  /// No states.
  adjacency() = default;
  void assign_forward(const lts& system);
  void assign_backward(const lts& system);

  [[nodiscard]] std::span<const neighbour> of(lts::state state) const noexcept {
    return {neighbours_.data() + begin_[state],
            neighbours_.data() + begin_[state + std::size_t{1}]};
  }

private:
  void assign(const lts& system, lts::state lts::edge::*key, lts::state lts::edge::*other);

  /// Two more than there are states: `neighbours_[begin_[s]] … neighbours_[begin_[s + 1] - 1]`.
  std::vector<std::uint32_t> begin_;
  std::vector<neighbour> neighbours_;
};

} // namespace lockstep
