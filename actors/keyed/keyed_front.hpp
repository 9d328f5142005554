#pragma once

#include "actors/interfaces.hpp"
#include "actors/keyed/keyed_options.hpp"

#include <caf/fwd.hpp>

namespace lockstep {

/// Starts the actor that stands for all keyed shards of a `node_id`. It makes the shards that run
/// those of the key map, when it starts and whenever it may be otherwise: it starts those that are
/// missing and ends those that are too many, such as one whose start was interrupted before it was
/// written to the key map. What concerns cells waits only until the key map is known.
///
/// The keeper and the shards' supervisor must have their names; if they end, so must this one.
[[nodiscard]] keyed_shards_actor spawn_keyed_front(caf::actor_system& system,
                                                   const keyed_home& home);

} // namespace lockstep
