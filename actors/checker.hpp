#pragma once

#include "actors/interfaces.hpp"
#include "actors/placement.hpp"
#include "model/term/term.hpp"

#include <caf/fwd.hpp>

#include <chrono>

namespace lockstep {

/// How long a check may take, and how much longer a request that waits for one.
inline constexpr auto default_check_timeout = std::chrono::minutes{5};

/// The name in the registry of a node's checker: `checker`.
[[nodiscard]] term checker_name();

/// Starts the actor that answers what would take a shard too long, one question after the other. It
/// has no state: a question that it did not answer can be asked again.
[[nodiscard]] checker_actor spawn_checker(caf::actor_system& system,
                                          placement where = placement::own_thread);

} // namespace lockstep
