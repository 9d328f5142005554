#pragma once

#include "actors/interfaces.hpp"

#include <caf/fwd.hpp>

#include <memory>

namespace lockstep {

class fleet_core;

/// Starts the keeper of a fleet: the one actor that starts and ends its workers. One that follows
/// on another takes over the workers that there are.
[[nodiscard]] fleet_keeper_actor spawn_keeper(caf::actor_system& system,
                                              std::shared_ptr<const fleet_core> fleet);

} // namespace lockstep
