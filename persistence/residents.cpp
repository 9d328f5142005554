#include "persistence/residents.hpp"

#include <utility>

namespace lockstep {

std::optional<std::optional<stored_instance>> residents::find(const term& identifier) {
  auto found = entries_.find(identifier);
  if (found == entries_.end())
    return std::nullopt;
  recency_.splice(recency_.begin(), recency_, found->second.recency);
  return found->second.state;
}

void residents::keep(const term& identifier, std::optional<stored_instance> state) {
  auto [found, is_new] = entries_.try_emplace(identifier);
  if (is_new)
    found->second.recency = recency_.insert(recency_.begin(), identifier);
  found->second.state = std::move(state);
}

void residents::forget_deleted(const term& identifier) {
  auto found = entries_.find(identifier);
  if (found == entries_.end() || found->second.state)
    return;
  recency_.erase(found->second.recency);
  entries_.erase(found);
}

void residents::shrink_to(std::size_t limit) {
  while (entries_.size() > limit) {
    entries_.erase(recency_.back());
    recency_.pop_back();
  }
}

void residents::clear() {
  entries_.clear();
  recency_.clear();
}

void residents::drop_deadlines(timestamp until) {
  for (auto& [identifier, one] : entries_)
    if (one.state && one.state->deadline && *one.state->deadline <= until)
      one.state->deadline.reset();
}

} // namespace lockstep
