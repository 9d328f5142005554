#include "model/bisimulation/bisimilarity_check.hpp"

#include "model/bisimulation/coarsest_partition.hpp"

#include <algorithm>

namespace lockstep {

bool bisimilarity_check::operator()(const lts& lhs, std::span<const lts::edge> additional,
                                    const lts& rhs) {
  join(lhs, additional, rhs);
  const auto other = joined_.state_count - rhs.state_count + rhs.initial;
  find_reachable(lhs.initial, other);
  collapse();
  const auto first = components_.of(lhs.initial);
  const auto second = components_.of(other);
  const auto are_separated = [=](const auto& partition) {
    return partition.block_of(first) != partition.block_of(second); // and never joined again
  };
  return !refine_until(collapsed_, partition_, are_separated, are_separated);
}

void bisimilarity_check::join(const lts& lhs, std::span<const lts::edge> additional,
                              const lts& rhs) {
  joined_.edges = lhs.edges;
  joined_.state_count = lhs.state_count;
  for (const auto& edge : additional) {
    joined_.edges.push_back(edge);
    joined_.state_count = std::max({joined_.state_count, edge.from + 1, edge.to + 1});
  }
  const auto offset = joined_.state_count;
  joined_.state_count += rhs.state_count;
  for (const auto& [from, action, to] : rhs.edges)
    joined_.edges.push_back({from + offset, action, to + offset});
}

void bisimilarity_check::find_reachable(lts::state first, lts::state second) {
  out_.assign_forward(joined_);
  is_reached_.assign(joined_.state_count, false);
  reached_.clear();
  const auto reach = [this](lts::state s) {
    if (!is_reached_[s]) {
      is_reached_[s] = true;
      reached_.push_back(s);
    }
  };
  reach(first);
  reach(second);
  for (std::size_t i = 0; i < reached_.size(); ++i) { // grows meanwhile
    for (const auto& [action, target] : out_.of(reached_[i]))
      reach(target);
  }
}

void bisimilarity_check::collapse() {
  components_.start(joined_.state_count, out_);
  for (const auto s : reached_)
    components_.visit(s);
  collapsed_.state_count = components_.count();
  collapsed_.edges.clear();
  for (const auto s : reached_) {
    const auto from = components_.of(s);
    for (const auto& [action, target] : out_.of(s)) {
      const auto to = components_.of(target);
      if (action != lts::tau || from != to)
        collapsed_.edges.push_back({from, action, to});
    }
  }
}

} // namespace lockstep
