#pragma once

#include "model/routing/router.hpp"

#include <cassert>
#include <cstdint>

namespace lockstep {

/// How a node divides its instances among its shards 1 … `shards`. Whoever asks where an instance
/// is, the handle, the actors, the stores and the commands, asks this.
struct shard_layout {
  shard_layout() = default;
  /// A number alone divides by `modulo`.
  shard_layout(std::uint32_t count, // NOLINT
               routing_strategy strategy = routing_strategy::modulo) noexcept
      : shards(count), routing(strategy) {}

  /// At least 1.
  std::uint32_t shards = 1;
  /// `modulo` or `rendezvous`, see `divides_instances`.
  routing_strategy routing = routing_strategy::modulo;

  /// The shard in charge of an identifier, from 1. Takes no memory.
  [[nodiscard]] std::uint32_t shard_of(const term& identifier) const noexcept {
    assert(divides_instances(routing));
    return routing == routing_strategy::rendezvous ? rendezvous_shard(identifier, shards)
                                                   : modulo_shard(identifier, shards);
  }

  /// The same, and why.
  [[nodiscard]] routing_explanation explain(const term& identifier) const {
    return router::numbered(routing, shards).explain(identifier);
  }

  /// Can a node's instances be divided that way?
  [[nodiscard]] static constexpr bool divides_instances(routing_strategy strategy) noexcept {
    return strategy == routing_strategy::modulo || strategy == routing_strategy::rendezvous;
  }

  friend bool operator==(const shard_layout&, const shard_layout&) = default;
};

} // namespace lockstep
