#pragma once

#include "model/time.hpp"
#include "model/workflow/instance.hpp"
#include "model/workflow/specification.hpp"

namespace lockstep {

/// May instances of this specification ever be pruned?
[[nodiscard]] bool prunes(const specification& spec);

/// May this instance be pruned? It must have been idle for longer than `prune_timeout` *and* be in
/// a prunable state. A mocked instance that made no step yet is never pruned.
/// @pre `spec` is the instance's specification.
[[nodiscard]] bool is_prunable(const specification& spec, const instance_head& instance,
                               timestamp now);

} // namespace lockstep
