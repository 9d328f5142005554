#pragma once

#include "actors/instance_manager_actor.hpp"
#include "actors/interfaces.hpp"
#include "actors/whereabouts.hpp"
#include "model/term/term.hpp"

#include <functional>

namespace lockstep {

/// Which shard of a layout an instance belongs to, and under which name; nothing of who runs there.
[[nodiscard]] whereabouts placed(const shard_layout& layout, const term& identifier);

/// Finds out where an instance is and who answers for its shard: from the table of names, the
/// shards' supervisor and the shard's gate. The shard itself is asked only if it is running, and
/// with little patience: a question about what is stuck must not be stuck itself.
/// @param self Whose messages these are. @param then Called once, within that actor.
void locate(instance_manager_actor::pointer self, const routing_options& options,
            const term& identifier, std::function<void(whereabouts)> then);

} // namespace lockstep
