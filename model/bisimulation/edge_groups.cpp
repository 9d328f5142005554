#include "model/bisimulation/edge_groups.hpp"

#include <numeric>

namespace lockstep {

edge_groups::edge_groups(edge count) : order_(count), position_(count), group_of_(count, none) {
  std::iota(order_.begin(), order_.end(), edge{0});
  std::iota(position_.begin(), position_.end(), edge{0});
}

edge_groups::group edge_groups::add() { return add_at(grouped_); }

void edge_groups::append(edge e) {
  swap_to(e, grouped_++);
  group_of_[e] = last_added_;
  ++ranges_[last_added_].end;
}

void edge_groups::mark(edge e) {
  auto& group_range = ranges_[group_of_[e]];
  if (position_[e] >= group_range.marked_end)
    swap_to(e, group_range.marked_end++);
}

bool edge_groups::cut_off(edge e) {
  const auto whole = group_of_[e];
  const bool is_new = twin_[whole] == none;
  if (is_new) {
    const auto made = add_at(ranges_[whole].end);
    twin_[whole] = made;
  }
  const auto part = twin_[whole];
  auto& from = ranges_[whole];
  auto& to = ranges_[part];
  const bool is_marked = position_[e] < from.marked_end;
  if (is_marked)
    swap_to(e, --from.marked_end);
  swap_to(e, --from.end);
  --to.begin; // which is where `from` ends: the edge is in front of the part's marked ones
  if (!is_marked)
    swap_to(e, --to.marked_end);
  group_of_[e] = part;
  return is_new;
}

bool edge_groups::settle(group g) {
  if (size(g) != 0)
    return true;
  const auto part = std::exchange(twin_[g], none);
  ranges_[g] = ranges_[part];
  for (const auto e : members(g))
    group_of_[e] = g;
  free_.push_back(part);
  return false;
}

edge_groups::group edge_groups::add_at(edge position) {
  const bounds empty{position, position, position};
  if (free_.empty()) {
    last_added_ = static_cast<group>(ranges_.size());
    ranges_.push_back(empty);
    twin_.push_back(none);
  } else {
    last_added_ = free_.back();
    free_.pop_back();
    ranges_[last_added_] = empty;
    twin_[last_added_] = none;
  }
  return last_added_;
}

void edge_groups::swap_to(edge e, edge position) noexcept {
  const auto displaced = order_[position];
  const auto freed = position_[e];
  order_[position] = e;
  position_[e] = position;
  order_[freed] = displaced;
  position_[displaced] = freed;
}

} // namespace lockstep
