#pragma once

#include "model/failure.hpp"
#include "model/workflow/error_policy.hpp"

#include <functional>

namespace lockstep {

/// Hears of every error with its message and data, each once. Called in shards' threads at the same
/// time, so it must be thread-safe; it must not block. What it throws is ignored. Logs, usually.
using report_sink = std::function<void(const failure&, severity)>;

/// Tells the log and the policy's callback of an error. @returns `callback_failed` if the callback
/// threw; the log hears of that, too.
[[nodiscard]] result<void> tell(const failure& error, const error_policy& policy, const caller& who,
                                const report_sink& log);

} // namespace lockstep
