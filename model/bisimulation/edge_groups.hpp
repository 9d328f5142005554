#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

namespace lockstep {

/// A partition of the edges of a system into groups that can be divided: the edges of a group are
/// neighbours in one array, so that a group is a range and moving an edge is a swap (the refinable
/// partition of Valmari and Lehtinen, STACS 2008). Edges that are in no group yet are at the end of
/// the array. Internal to `model/bisimulation/`.
///
/// In each group, the edges that are marked come first.
class edge_groups {
public:
  using edge = std::uint32_t;
  using group = std::uint32_t;
  static constexpr group none = std::numeric_limits<group>::max();

  /// No edge is in a group.
  explicit edge_groups(edge count);

  [[nodiscard]] group of(edge e) const noexcept { return group_of_[e]; }
  [[nodiscard]] std::span<const edge> members(group g) const noexcept {
    return range(ranges_[g].begin, ranges_[g].end);
  }
  [[nodiscard]] std::span<const edge> marked(group g) const noexcept {
    return range(ranges_[g].begin, ranges_[g].marked_end);
  }
  [[nodiscard]] edge size(group g) const noexcept { return ranges_[g].end - ranges_[g].begin; }
  [[nodiscard]] edge begin(group g) const noexcept { return ranges_[g].begin; }
  [[nodiscard]] edge end(group g) const noexcept { return ranges_[g].end; }
  [[nodiscard]] edge at(edge position) const noexcept { return order_[position]; }

  /// A new group without edges, behind all groups.
  group add();
  /// Puts an edge that is in no group into the group that was added last.
  void append(edge e);

  void mark(edge e);
  void unmark_all(group g) noexcept { ranges_[g].marked_end = ranges_[g].begin; }

  /// Moves an edge to the group that is being cut off from its group; the first call makes it.
  /// Marks are kept. @returns whether the group, `twin`, is new.
  bool cut_off(edge e);
  /// The group that is or was cut off from this one last; `none` if there is no such.
  [[nodiscard]] group twin(group g) const noexcept { return twin_[g]; }
  /// Ends a division. If nothing is left in `g`, it takes its twin's edges back and the twin's
  /// number is free again. @returns whether there are two groups now.
  bool settle(group g);
  /// Forgets the twin.
  void forget_twin(group g) noexcept { twin_[g] = none; }

private:
  struct bounds {
    edge begin;
    edge marked_end;
    edge end;
  };

  [[nodiscard]] std::span<const edge> range(edge begin, edge end) const noexcept {
    return {order_.data() + begin, order_.data() + end};
  }
  group add_at(edge position);
  void swap_to(edge e, edge position) noexcept;

  std::vector<edge> order_;
  /// The inverse of `order_`.
  std::vector<edge> position_;
  std::vector<group> group_of_;
  std::vector<bounds> ranges_;
  std::vector<group> twin_;
  std::vector<group> free_;
  group last_added_ = none;
  /// Where the edges begin that are in no group.
  edge grouped_ = 0;
};

} // namespace lockstep
