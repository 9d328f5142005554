#include "model/bisimulation/share_lists.hpp"

#include <algorithm>
#include <utility>

namespace lockstep {

void share_lists::add(share s, block owner) {
  info_.resize(std::max<std::size_t>(info_.size(), s + std::size_t{1}));
  info_[s].is_queued = false;
  link(s, owner);
}

void share_lists::add_part(share s, share whole, block owner) {
  add(s, owner);
  if (!info_[whole].is_queued)
    return;
  unlink(s);
  info_[s].is_queued = true;
  queue_.push_back(s);
}

void share_lists::give(share s, block owner) {
  if (info_[s].is_queued) {
    info_[s].owner = owner;
    return;
  }
  unlink(s);
  link(s, owner);
}

std::size_t share_lists::enqueue_all(block owner) {
  const auto before = queue_.size();
  for (auto s = std::exchange(first_[owner], none); s != none; s = info_[s].next) {
    info_[s].is_queued = true;
    queue_.push_back(s);
  }
  return queue_.size() - before;
}

std::optional<share_lists::share> share_lists::dequeue() {
  if (queue_.empty())
    return std::nullopt;
  const auto s = queue_.back();
  queue_.pop_back();
  info_[s].is_queued = false;
  link(s, info_[s].owner);
  return s;
}

void share_lists::link(share s, block owner) {
  const auto next = std::exchange(first_[owner], s);
  info_[s].owner = owner;
  info_[s].previous = none;
  info_[s].next = next;
  if (next != none)
    info_[next].previous = s;
}

void share_lists::unlink(share s) {
  const auto& [owner, next, previous, is_queued] = info_[s];
  if (previous == none)
    first_[owner] = next;
  else
    info_[previous].next = next;
  if (next != none)
    info_[next].previous = previous;
}

} // namespace lockstep
