#pragma once

#include "actors/interfaces.hpp"
#include "actors/keyed/keyed_gates.hpp"
#include "model/cells/shard_cells.hpp"

#include <caf/fwd.hpp>

namespace lockstep {

/// Starts a keyed shard, which gets its cells from the keeper; requests that come before wait for
/// that. It applies changes in memory and has them committed by the keeper, who answers for it;
/// what it answers itself, it answers when everything is durable that it has seen.
///
/// So a request that comes back unanswered, since the shard or the keeper has gone, had no effect
/// and can be sent again.
///
/// If its cells cannot be loaded, it refuses what waits for them and tries again with the next
/// request. If the keeper has gone, it ends.
///
/// @param gates What its requests go through, see there; without gates all are let in.
[[nodiscard]] keyed_shard_actor spawn_keyed_shard(caf::actor_system& system, shard_key key,
                                                  cell_keeper_actor keeper, cell_options options,
                                                  shard_gates gates = {});

} // namespace lockstep
