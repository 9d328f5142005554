#include "model/bisimulation/signature_refinement.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace lockstep {

namespace {

/// Stands for an internal step within a block. The largest label: such pairs are the last ones of a
/// signature.
constexpr lts::label inert = std::numeric_limits<lts::label>::max();

constexpr std::uint64_t pair_of(lts::label action, std::uint32_t target) {
  return (std::uint64_t{action} << 32U) | target;
}

constexpr bool is_inert(std::uint64_t pair) { return (pair >> 32U) == inert; }

constexpr std::uint32_t target_of(std::uint64_t pair) { return static_cast<std::uint32_t>(pair); }

/// Whether each of the pairs is one of the others, which are sorted and may be many more.
bool includes(std::span<const std::uint64_t> others, std::span<const std::uint64_t> pairs) {
  return std::ranges::all_of(
      pairs, [others](std::uint64_t pair) { return std::ranges::binary_search(others, pair); });
}

/// Orders by the first, then by the second.
constexpr std::uint64_t key(std::uint32_t first, std::uint32_t second) {
  return (std::uint64_t{first} << 32U) | second;
}

} // namespace

void signature_refinement::start(const lts& system) {
  forward_.assign_forward(system);
  backward_.assign_backward(system);
  block_of_.assign(system.state_count, 0);
  blocks_.assign(1, {0, system.state_count});
  members_.resize(system.state_count);
  std::iota(members_.begin(), members_.end(), lts::state{0});
  position_ = members_;
  is_dirty_.assign(system.state_count, true);
  dirty_ = members_;
  part_of_.assign(system.state_count, clean);
  visits_ = 0;
  // No vector is to be copied while it grows: that would be the peak of all memory.
  blocks_.reserve(system.state_count);
  moved_.reserve(system.state_count);
  signatures_.reserve(system.state_count, system.edges.size());
}

bool signature_refinement::refine() {
  if (dirty_.size() < block_of_.size())
    mark_what_reaches_dirty_states();
  std::ranges::sort(dirty_, {}, [this](lts::state s) { return key(block_of_[s], s); });
  signatures_.clear(dirty_.size());
  for (const auto state : dirty_)
    part_of_[state] = classify(state);

  std::ranges::sort(dirty_, {}, [this](lts::state s) { return key(block_of_[s], part_of_[s]); });
  moved_.clear();
  for (auto rest = std::span<const lts::state>(dirty_); !rest.empty();) {
    const auto whole = block_of_[rest.front()];
    const auto end =
        std::ranges::find_if(rest, [&](lts::state s) { return block_of_[s] != whole; });
    const auto count = static_cast<std::size_t>(end - rest.begin());
    take_apart(rest.first(count));
    rest = rest.subspan(count);
  }

  for (const auto state : dirty_)
    is_dirty_[state] = false;
  dirty_.clear();
  for (const auto state : moved_) {
    visits_ += backward_.of(state).size();
    for (const auto& [action, source] : backward_.of(state)) {
      const bool still_inert = action == lts::tau && block_of_[source] == block_of_[state];
      if (!still_inert)
        mark(source);
    }
  }
  return !moved_.empty();
}

void signature_refinement::mark(lts::state state) {
  if (is_dirty_[state])
    return;
  is_dirty_[state] = true;
  dirty_.push_back(state);
}

void signature_refinement::mark_what_reaches_dirty_states() {
  for (std::size_t i = 0; i < dirty_.size(); ++i) { // grows meanwhile
    const auto state = dirty_[i];
    for (const auto& [action, source] : backward_.of(state)) {
      if (action != lts::tau) // internal steps come first
        break;
      ++visits_;
      if (block_of_[source] == block_of_[state])
        mark(source);
    }
  }
}

void signature_refinement::sign(lts::state state) {
  const auto own = block_of_[state];
  visits_ += 1 + forward_.of(state).size();
  pairs_.clear();
  for (const auto& [action, target] : forward_.of(state)) {
    if (action != lts::tau || block_of_[target] != own)
      pairs_.push_back(pair_of(action, block_of_[target]));
    else
      pairs_.push_back(pair_of(inert, is_dirty_[target] ? part_of_[target] : clean));
  }
  std::ranges::sort(pairs_);
  const auto repeated = std::ranges::unique(pairs_);
  pairs_.erase(repeated.begin(), repeated.end());
}

signature_refinement::part signature_refinement::classify(lts::state state) {
  sign(state);
  if (!pairs_.empty() && is_inert(pairs_.back())) {
    const auto candidate = target_of(pairs_.back());
    const auto others = std::span<const std::uint64_t>(pairs_).first(pairs_.size() - 1);
    if (candidate != clean && includes(signatures_[candidate - 1], others))
      return candidate;
  }
  return signatures_.number_of(pairs_) + 1;
}

void signature_refinement::take_apart(std::span<const lts::state> visited) {
  const auto number = block_of_[visited.front()];
  const auto whole = blocks_[number];
  auto position = static_cast<lts::state>(whole.end - visited.size());
  parts_.clear();
  if (position != whole.begin)
    parts_.push_back({whole.begin, position}); // the clean ones
  for (std::size_t i = 0; i < visited.size(); ++i, ++position) {
    place(visited[i], position);
    if (i == 0 || part_of_[visited[i]] != part_of_[visited[i - 1]])
      parts_.push_back({position, position});
    ++parts_.back().end;
  }
  const auto largest = std::ranges::max_element(parts_, {}, &range::size);
  blocks_[number] = *largest;
  for (auto it = parts_.begin(); it != parts_.end(); ++it) {
    if (it == largest)
      continue;
    const auto fresh = static_cast<block>(blocks_.size());
    blocks_.push_back(*it);
    for (auto i = it->begin; i < it->end; ++i) {
      block_of_[members_[i]] = fresh;
      moved_.push_back(members_[i]);
    }
  }
}

void signature_refinement::place(lts::state state, lts::state position) {
  const auto displaced = members_[position];
  const auto freed = position_[state];
  members_[position] = state;
  position_[state] = position;
  members_[freed] = displaced;
  position_[displaced] = freed;
}

} // namespace lockstep
