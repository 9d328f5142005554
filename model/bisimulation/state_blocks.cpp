#include "model/bisimulation/state_blocks.hpp"

#include <numeric>

namespace lockstep {

state_blocks::state_blocks(lts::state count)
    : members_(count), position_(count), block_of_(count, 0), ranges_{{0, 0, count}} {
  std::iota(members_.begin(), members_.end(), lts::state{0});
  std::iota(position_.begin(), position_.end(), lts::state{0});
}

void state_blocks::make_bottom(lts::state s) { swap_to(s, ranges_[block_of_[s]].bottom_end++); }

void state_blocks::to_front(block b, std::span<const lts::state> bottoms) {
  auto position = ranges_[b].begin;
  for (const auto s : bottoms)
    swap_to(s, position++);
}

state_blocks::block state_blocks::split_off(block b, std::span<const lts::state> states) {
  const auto fresh = count();
  auto& rest = ranges_[b];
  bounds part{rest.begin, rest.begin, rest.begin};
  for (const auto s : states) {
    if (!is_bottom(s))
      continue;
    swap_to(s, rest.begin++);
    part.bottom_end = part.end = rest.begin;
  }
  for (const auto s : states) {
    if (position_[s] < part.bottom_end)
      continue;
    // The last bottom state that stays makes room for its first one, whose place is needed.
    swap_to(s, rest.bottom_end);
    swap_to(s, rest.begin);
    ++rest.bottom_end;
    part.end = ++rest.begin;
  }
  for (const auto s : states)
    block_of_[s] = fresh;
  ranges_.push_back(part);
  return fresh;
}

void state_blocks::swap_to(lts::state s, lts::state position) noexcept {
  const auto displaced = members_[position];
  const auto freed = position_[s];
  members_[position] = s;
  position_[s] = position;
  members_[freed] = displaced;
  position_[displaced] = freed;
}

} // namespace lockstep
