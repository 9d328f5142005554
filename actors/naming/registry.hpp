#pragma once

#include "actors/interfaces.hpp"
#include "actors/naming/name_table.hpp"

#include <caf/fwd.hpp>

#include <memory>

namespace lockstep {

/// Starts a registry that publishes its names in `table`; a registry that had the table before must
/// have ended. A name is released when its actor ends, however it ends.
[[nodiscard]] registry_actor spawn_registry(caf::actor_system& system,
                                            std::shared_ptr<name_table> table);

} // namespace lockstep
