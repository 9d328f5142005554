#pragma once

#include "actors/interfaces.hpp"
#include "actors/naming/name_table.hpp"
#include "model/term/term.hpp"

#include <caf/fwd.hpp>

#include <memory>

namespace lockstep {

struct registry_options {
  /// What listeners know the registry by.
  term id;
  key_kind keys = key_kind::unique;
};

/// Starts a registry that shows its names in `table`; a registry that had the table before must
/// have ended. A name is released when its actor ends, however it ends. With duplicate keys a name
/// may have several holders, each of them once.
///
/// Changes that arrive together are shown together, and each is answered when it is shown. A slow
/// reader of the table delays that, but never blocks the registry's thread.
[[nodiscard]] registry_actor spawn_registry(caf::actor_system& system,
                                            std::shared_ptr<name_table> table,
                                            registry_options options = {});

} // namespace lockstep
