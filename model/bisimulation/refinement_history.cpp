#include "model/bisimulation/refinement_history.hpp"

#include "model/bisimulation/signature_hash.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace lockstep {

namespace {

constexpr std::uint64_t pair_of(lts::label action, std::uint32_t number) {
  return (std::uint64_t{action} << 32U) | number;
}

bool includes(const std::vector<std::uint64_t>& all, const std::vector<std::uint64_t>& some) {
  return some.size() <= all.size() && std::ranges::includes(all, some);
}

} // namespace

std::size_t refinement_history::hash_of::operator()(const signature& pairs) const noexcept {
  return signature_hash(pairs);
}

refinement_history::refinement_history(const lts& system)
    : forward_(adjacency::forward(system)),
      backward_(adjacency::backward(system)),
      number_of_(system.state_count, 0),
      ranges_{{0, system.state_count}},
      signature_of_{nullptr},
      leaf_{0},
      tree_{{0, 0, 0, 0}},
      members_(system.state_count),
      position_(system.state_count),
      is_dirty_(system.state_count, false),
      part_of_(system.state_count, 0) {
  std::iota(members_.begin(), members_.end(), lts::state{0});
  std::iota(position_.begin(), position_.end(), lts::state{0});
  for (lts::state state = 0; state < system.state_count; ++state)
    mark(state);
}

refinement_history::outcome refinement_history::separate(lts::state lhs, lts::state rhs,
                                                         std::size_t& work) {
  while (number_of_[lhs] == number_of_[rhs]) {
    const bool changed = refine(work);
    if (work == 0)
      return outcome::out_of_work;
    if (!changed)
      return outcome::bisimilar;
  }
  return outcome::separated;
}

bool refinement_history::refine(std::size_t& work) {
  ++rounds_;
  mark_what_reaches_dirty_states();
  const auto whole_of = [this](lts::state state) { return number_of_[state]; };
  std::ranges::sort(dirty_, {}, [&](lts::state s) { return std::tuple(whole_of(s), s); });
  round current;
  std::vector<lts::state> moved;
  // Takes a block apart only after all are signed: their signatures are about this partition.
  std::vector<std::pair<std::span<lts::state>, part>> groups;
  for (auto rest = std::span<lts::state>(dirty_); !rest.empty();) {
    const auto whole = whole_of(rest.front());
    const auto end = std::ranges::find_if(rest, [&](auto s) { return whole_of(s) != whole; });
    const auto visited = rest.first(static_cast<std::size_t>(end - rest.begin()));
    const auto others =
        has_others(visited.size(), whole) ? intern(signature_of_[whole], current) : never;
    for (const auto state : visited) {
      part_of_[state] = sign(state, others, current, work);
      if (work == 0)
        return false;
    }
    groups.emplace_back(visited, others);
    rest = rest.subspan(visited.size());
  }
  for (const auto& [visited, others] : groups) {
    std::ranges::sort(visited, {}, [this](lts::state s) { return part_of_[s]; });
    take_apart(visited, others, current, moved);
  }

  for (const auto state : dirty_)
    is_dirty_[state] = false;
  dirty_.clear();
  for (const auto state : moved) {
    for (const auto& [action, source] : backward_.of(state)) {
      if (action != lts::tau || number_of_[source] != number_of_[state])
        mark(source);
    }
    for (const auto& [action, target] : forward_.of(state)) {
      if (action == lts::tau && number_of_[target] != number_of_[state])
        mark(state); // was inert perhaps
    }
  }
  return !moved.empty();
}

void refinement_history::mark(lts::state state) {
  if (is_dirty_[state])
    return;
  is_dirty_[state] = true;
  dirty_.push_back(state);
}

void refinement_history::mark_what_reaches_dirty_states() {
  for (std::size_t i = 0; i < dirty_.size(); ++i) { // grows meanwhile
    const auto state = dirty_[i];
    for (const auto& [action, source] : backward_.of(state)) {
      if (action == lts::tau && number_of_[source] == number_of_[state])
        mark(source);
    }
  }
}

refinement_history::part refinement_history::intern(const shared_signature& known, round& current) {
  const auto next = static_cast<part>(current.signatures.size());
  const auto [found, is_new] = current.part_with.try_emplace(*known, next);
  if (is_new)
    current.signatures.push_back(known);
  return found->second;
}

refinement_history::part refinement_history::sign(lts::state state, part others, round& current,
                                                  std::size_t& work) {
  const auto own = number_of_[state];
  signature pairs;
  std::vector<part> inherited;
  for (const auto& [action, target] : forward_.of(state)) {
    if (action != lts::tau || number_of_[target] != own)
      pairs.push_back(pair_of(action, number_of_[target]));
    else
      inherited.push_back(is_dirty_[target] ? part_of_[target] : others);
  }
  std::ranges::sort(pairs);
  pairs.erase(std::ranges::unique(pairs).begin(), pairs.end());
  std::ranges::sort(inherited);
  inherited.erase(std::ranges::unique(inherited).begin(), inherited.end());

  auto cost = 1 + forward_.of(state).size();
  const auto size_of = [&](part one) { return current.signatures[one]->size(); };
  if (!inherited.empty()) {
    // Mostly one of them has all pairs: nothing is copied then.
    const auto largest = *std::ranges::max_element(inherited, {}, size_of);
    const auto& most = *current.signatures[largest];
    bool has_all = includes(most, pairs);
    for (const auto one : inherited) {
      has_all = has_all && (one == largest || includes(most, *current.signatures[one]));
      cost += size_of(one) / 16;
    }
    if (has_all) {
      work -= std::min(work, cost);
      return largest;
    }
    for (const auto one : inherited) {
      signature both;
      std::ranges::set_union(pairs, *current.signatures[one], std::back_inserter(both));
      pairs = std::move(both);
    }
  }
  work -= std::min(work, cost + 8 * pairs.size());
  const auto next = static_cast<part>(current.signatures.size());
  const auto [found, is_new] = current.part_with.try_emplace(std::move(pairs), next);
  if (is_new)
    current.signatures.push_back(std::make_shared<const signature>(found->first));
  return found->second;
}

void refinement_history::take_apart(std::span<const lts::state> visited, part others,
                                    const round& current, std::vector<lts::state>& moved) {
  const auto whole = number_of_[visited.front()];
  const auto all = ranges_[whole];
  struct piece {
    range where;
    part signed_as;
  };
  std::vector<piece> pieces;
  const auto rest = static_cast<std::size_t>(
      std::ranges::count_if(visited, [&](lts::state s) { return part_of_[s] == others; }));
  auto position = static_cast<lts::state>(all.end - (visited.size() - rest));
  if (position != all.begin)
    pieces.push_back({{all.begin, position}, others});
  for (const auto state : visited) {
    if (part_of_[state] == others)
      continue;
    place(state, position);
    if (pieces.empty() || pieces.back().signed_as != part_of_[state])
      pieces.push_back({{position, position}, part_of_[state]});
    pieces.back().where.end = ++position;
  }
  const auto largest =
      std::ranges::max_element(pieces, {}, [](const piece& one) { return one.where.size(); });
  const auto parent = leaf_[whole];
  for (auto it = pieces.begin(); it != pieces.end(); ++it) {
    const bool keeps = it == largest;
    const auto name = keeps ? whole : static_cast<number>(ranges_.size());
    if (!keeps) {
      ranges_.emplace_back();
      signature_of_.emplace_back();
      leaf_.emplace_back();
    }
    ranges_[name] = it->where;
    signature_of_[name] = current.signatures[it->signed_as];
    leaf_[name] = pieces.size() == 1 ? parent : add_block(parent);
    if (keeps)
      continue;
    for (auto i = it->where.begin; i < it->where.end; ++i) {
      number_of_[members_[i]] = name;
      moved.push_back(members_[i]);
    }
  }
}

void refinement_history::place(lts::state state, lts::state position) {
  const auto displaced = members_[position];
  const auto freed = position_[state];
  members_[position] = state;
  position_[state] = position;
  members_[freed] = displaced;
  position_[displaced] = freed;
}

refinement_history::block refinement_history::add_block(block parent) {
  const auto& above = tree_[parent];
  const auto& jumped = tree_[above.jump];
  const bool same_length = above.depth - jumped.depth == jumped.depth - tree_[jumped.jump].depth;
  tree_.push_back({parent, same_length ? jumped.jump : parent, above.depth + 1, rounds_});
  return static_cast<block>(tree_.size() - 1);
}

refinement_history::level refinement_history::level_of(lts::state lhs, lts::state rhs) const {
  auto a = last_block(lhs);
  auto b = last_block(rhs);
  if (a == b)
    return never;
  if (tree_[a].depth < tree_[b].depth)
    std::swap(a, b);
  while (tree_[a].depth > tree_[b].depth)
    a = tree_[tree_[a].jump].depth >= tree_[b].depth ? tree_[a].jump : tree_[a].parent;
  while (tree_[a].parent != tree_[b].parent) {
    const bool far = tree_[a].jump != tree_[b].jump;
    a = far ? tree_[a].jump : tree_[a].parent;
    b = far ? tree_[b].jump : tree_[b].parent;
  }
  return tree_[a].since;
}

refinement_history::block refinement_history::block_at(lts::state state, level at) const {
  auto found = last_block(state);
  while (tree_[found].since > at)
    found = tree_[tree_[found].jump].since > at ? tree_[found].jump : tree_[found].parent;
  return found;
}

} // namespace lockstep
