#pragma once

#include "model/term/term.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lockstep {

/// A consistent-hash ring of 2^32 places (Karger et al., STOC 1997). Every shard has points on it;
/// a key belongs to the shard of the first point at or after its own place, around the end.
///
/// Point i of a shard, from 0 on, is at `phash2({shard, i}, 2^32)`, a key at `phash2({key}, 2^32)`:
/// alone, a short atom would hash to a small number. Of points at one place that of the shard that
/// comes first counts.
class hash_ring {
public:
  /// More points spread keys more evenly: a shard's part deviates by about 1 / sqrt(512), 4 %.
  static constexpr std::uint32_t points_per_shard = 512;

  /// @param shards ascending and distinct, so that the ring does not depend on their order
  explicit hash_ring(std::span<const term> shards);

  [[nodiscard]] static std::uint32_t place_of(const term& key) noexcept;

  /// The shard of a key as its index in `shards`. Takes no memory. @pre There are shards.
  [[nodiscard]] std::size_t owner(const term& key) const noexcept;

  /// How far it is from a place to the next point of each shard. The owner's is the smallest.
  [[nodiscard]] std::vector<std::uint32_t> distances(std::uint32_t place) const;

private:
  struct point {
    std::uint32_t place;
    std::uint32_t shard;
    friend auto operator<=>(const point&, const point&) = default;
  };

  std::size_t shards_;
  std::vector<point> points_; // ascending
};

} // namespace lockstep
