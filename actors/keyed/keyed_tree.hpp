#pragma once

#include "actors/interfaces.hpp"
#include "actors/keyed/keyed_options.hpp"
#include "actors/supervision/supervisor.hpp"

#include <caf/fwd.hpp>

namespace lockstep {

/// The actors of the keyed shards of one `node_id`, as a child of some supervisor:
///
///     supervisor (rest_for_one)
///     ├─ keeper: the store
///     ├─ supervisor of the shards (one_for_one): one child for each, added while it runs
///     └─ front: starts these shards, and takes requests that come from elsewhere
///
/// So the end of a shard concerns no other one; the end of the keeper, whose memory is gone, begins
/// all of them again.
[[nodiscard]] child_spec keyed_tree_child(const keyed_home& home);

/// Starts keyed shards all or none.
using keyed_start_actor = caf::typed_actor<
    // Starts the tree, once; answers with its supervisor when all shards of the key map run.
    // Errors: failed_to_start_initial_child, unavailable; then everything has been stopped.
    caf::result<caf::strong_actor_ptr>(atoms::start_shard)>;

[[nodiscard]] keyed_start_actor spawn_keyed_start(caf::actor_system& system, keyed_home home);

} // namespace lockstep
