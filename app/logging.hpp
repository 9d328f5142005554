#pragma once

#include "model/failure.hpp"
#include "model/workflow/error_policy.hpp"

#include <string>

namespace lockstep {

/// Sends the log to standard error. @param level debug, info, warning, error or off.
void set_up_logging(const std::string& level);

/// Logs what a shard or supervisor reports, with its code. From any thread.
void log_report(const failure& report, severity level);

/// Logs something that the user should know of.
void log_warning(const std::string& message);

} // namespace lockstep
