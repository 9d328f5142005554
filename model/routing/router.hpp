#pragma once

#include "model/routing/hash_ring.hpp"
#include "model/routing/routing_strategy.hpp"
#include "model/term/term.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace lockstep {

/// A shard that a key could go to.
struct routing_candidate {
  term shard;
  /// modulo: the shard's number from 0, which `hash mod N` must be; rendezvous:
  /// `phash2({key, shard})`, the highest wins; ring: the way from the key's place to the shard's
  /// next point, the lowest wins; one_per_key: the hash.
  std::uint32_t score = 0;
  bool chosen = false;

  friend bool operator==(const routing_candidate&, const routing_candidate&) = default;
};

/// Where a key goes, and why.
struct routing_explanation {
  routing_strategy strategy = routing_strategy::modulo;
  /// `phash2(key)`; for a ring the key's place on it.
  std::uint32_t hash = 0;
  /// All shards in ascending order; at most one is chosen.
  std::vector<routing_candidate> candidates;

  friend bool operator==(const routing_explanation&, const routing_explanation&) = default;
};

/// Says which of its shards a key belongs to. A pure value: copies are cheap and may be shared by
/// threads.
class router {
public:
  /// @param shards Their ids, in any order; repeated ones count once. Left aside by `one_per_key`.
  router(routing_strategy strategy, std::vector<term> shards);

  /// Over the shards 1 … `count`; keeps no list of them, but for a ring.
  [[nodiscard]] static router numbered(routing_strategy strategy, std::uint32_t count);

  [[nodiscard]] routing_strategy strategy() const noexcept { return strategy_; }
  /// How many shards there are to choose from.
  [[nodiscard]] std::uint32_t size() const noexcept { return count_; }

  /// The key's shard; nothing if there are no shards.
  [[nodiscard]] std::optional<term> route(const term& key) const;

  /// The number of the key's shard in ascending order of the ids, from 1. For `numbered` ones that
  /// is the shard. Takes no memory.
  /// @pre There are shards, and the strategy is not `one_per_key`.
  [[nodiscard]] std::uint32_t number_of(const term& key) const noexcept;

  [[nodiscard]] routing_explanation explain(const term& key) const;

private:
  router(routing_strategy strategy, std::uint32_t count,
         std::shared_ptr<const std::vector<term>> ids);

  /// By its number from 1.
  [[nodiscard]] term shard(std::uint32_t number) const;
  [[nodiscard]] std::uint32_t highest(const term& key) const noexcept;

  routing_strategy strategy_;
  std::uint32_t count_;
  /// Ascending and distinct; null: the numbers 1 … `count_`.
  std::shared_ptr<const std::vector<term>> ids_;
  /// Only for the ring.
  std::shared_ptr<const hash_ring> ring_;
};

/// `phash2(key) mod count + 1`: `modulo` over the shards 1 … `count`. @pre `count` is at least 1.
[[nodiscard]] std::uint32_t modulo_shard(const term& key, std::uint32_t count) noexcept;

/// `rendezvous` over the shards 1 … `count`. Looks at the key once, then takes some nanoseconds a
/// shard. @pre `count` is at least 1.
[[nodiscard]] std::uint32_t rendezvous_shard(const term& key, std::uint32_t count) noexcept;

} // namespace lockstep
