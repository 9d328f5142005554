#pragma once

#include "actors/interfaces.hpp"
#include "actors/name_table.hpp"

#include <caf/fwd.hpp>

#include <chrono>
#include <cstdint>
#include <memory>

namespace lockstep {

struct routing_options {
  std::shared_ptr<name_table> names;
  /// Number of shards; at least 1.
  std::uint32_t distribution_factor = 1;
  /// How long a shard may take for an answer.
  std::chrono::milliseconds request_timeout{30'000};
  /// How long a request waits for a shard that is being started again.
  std::chrono::milliseconds recovery_timeout{15'000};
};

/// The name in the registry of the actor that stands for all shards: `instance_manager`.
[[nodiscard]] term instance_manager_name();

/// Starts the actor that stands for all shards. It keeps no state but the requests under way.
[[nodiscard]] instance_manager_actor spawn_instance_manager(caf::actor_system& system,
                                                            routing_options options);

} // namespace lockstep
