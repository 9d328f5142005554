#pragma once

#include "actors/types.hpp"
#include "model/failure.hpp"

#include <caf/error.hpp>
#include <caf/result.hpp>

namespace lockstep {

/// A failure as CAF's error: the code as its code, message and context as its context.
[[nodiscard]] caf::error to_error(const failure& reason);

/// And back. What CAF itself reports (a timeout, an actor that has gone) becomes `unavailable`.
[[nodiscard]] failure to_failure(const caf::error& reason);

/// Did the request never get to run to its end because its receiver has gone? It then had no
/// effect, since a shard commits and answers in one go.
[[nodiscard]] bool receiver_has_gone(const caf::error& reason);

} // namespace lockstep
