#include "model/routing/hash_ring.hpp"

#include "model/term/phash2.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

namespace lockstep {

namespace {

constexpr auto places = std::uint64_t{1} << 32;

} // namespace

hash_ring::hash_ring(std::span<const term> shards) : shards_(shards.size()) {
  points_.reserve(shards.size() * points_per_shard);
  for (std::uint32_t shard = 0; shard < shards.size(); ++shard) {
    const pair_hash hash{shards[shard]};
    for (std::uint32_t i = 0; i < points_per_shard; ++i)
      points_.push_back({hash.with(std::int64_t{i}, places), shard});
  }
  std::sort(points_.begin(), points_.end());
}

std::uint32_t hash_ring::place_of(const term& key) noexcept {
  return phash2_of_single(key, places);
}

std::size_t hash_ring::owner(const term& key) const noexcept {
  assert(!points_.empty());
  const auto found = std::lower_bound(points_.begin(), points_.end(), point{place_of(key), 0});
  return found == points_.end() ? points_.front().shard : found->shard;
}

std::vector<std::uint32_t> hash_ring::distances(std::uint32_t place) const {
  std::vector<std::uint32_t> nearest(shards_, std::numeric_limits<std::uint32_t>::max());
  for (const auto& one : points_)
    nearest[one.shard] = std::min(nearest[one.shard], one.place - place); // around the end
  return nearest;
}

} // namespace lockstep
