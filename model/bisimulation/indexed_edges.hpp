#pragma once

#include "model/bisimulation/lts.hpp"

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <ranges>
#include <span>
#include <vector>

namespace lockstep {

/// The edges of a system as numbers, found by source and by target. Internal to
/// `model/bisimulation/`.
class indexed_edges {
public:
  using edge = std::uint32_t;

  /// @pre The edges are sorted; they keep their order as numbers.
  explicit indexed_edges(const lts& system)
      : out_begin_(system.state_count + std::size_t{1}),
        in_begin_(system.state_count + std::size_t{1}),
        in_(system.edges.size()) {
    source_.reserve(system.edges.size());
    target_.reserve(system.edges.size());
    for (const auto& [from, action, to] : system.edges) {
      source_.push_back(from);
      target_.push_back(to);
      ++out_begin_[from + std::size_t{1}];
      ++in_begin_[to + std::size_t{1}];
    }
    std::partial_sum(out_begin_.begin(), out_begin_.end(), out_begin_.begin());
    std::partial_sum(in_begin_.begin(), in_begin_.end(), in_begin_.begin());
    auto next = in_begin_;
    for (edge e = 0; e < target_.size(); ++e)
      in_[next[target_[e]]++] = e;
  }

  [[nodiscard]] edge count() const noexcept { return static_cast<edge>(source_.size()); }
  [[nodiscard]] lts::state source(edge e) const noexcept { return source_[e]; }
  [[nodiscard]] lts::state target(edge e) const noexcept { return target_[e]; }
  [[nodiscard]] std::ranges::iota_view<edge, edge> from(lts::state s) const noexcept {
    return {out_begin_[s], out_begin_[s + std::size_t{1}]};
  }
  [[nodiscard]] std::span<const edge> to(lts::state s) const noexcept {
    return {in_.data() + in_begin_[s], in_.data() + in_begin_[s + std::size_t{1}]};
  }

private:
  std::vector<lts::state> source_;
  std::vector<lts::state> target_;
  /// The edges from a state are `out_begin_[s] … out_begin_[s + 1] - 1`.
  std::vector<edge> out_begin_;
  /// The edges to a state are `in_[in_begin_[s]] … in_[in_begin_[s + 1] - 1]`.
  std::vector<edge> in_begin_;
  std::vector<edge> in_;
};

} // namespace lockstep
