#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace lockstep {

/// How a key finds its shard. All are functions of the key and of the set of shards alone, the same
/// on every machine; none depends on the order in which shards were added.
enum class routing_strategy : std::uint8_t {
  /// The `phash2(key) mod N + 1`-th of the N shards in Erlang's term order. Another N moves nearly
  /// all keys.
  modulo,
  /// The shard with the highest `phash2({key, shard})`; of equal ones the first in term order. A
  /// new shard takes 1/(N + 1) of the keys, and no key moves between the others (Thaler and
  /// Ravishankar, IEEE/ACM ToN 6(1), 1998).
  rendezvous,
  /// Each key is its own shard.
  one_per_key,
  /// The shard of the first point at or after the key on a ring of `hash_ring::points_per_shard`
  /// points a shard (Karger et al., STOC 1997). Moves as little as rendezvous and finds a shard in
  /// logarithmic time, but spreads keys less evenly.
  ring,
};

/// As in configurations: `modulo`, `rendezvous`, `one_per_key`, `ring`.
[[nodiscard]] std::string_view to_string(routing_strategy strategy) noexcept;
[[nodiscard]] std::optional<routing_strategy>
parse_routing_strategy(std::string_view name) noexcept;

} // namespace lockstep
