#include "app/logging.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <unistd.h>

namespace lockstep {

namespace {

spdlog::level::level_enum to_spdlog(severity level) {
  switch (level) {
  case severity::off:
    return spdlog::level::off;
  case severity::debug:
    return spdlog::level::debug;
  case severity::info:
    return spdlog::level::info;
  case severity::warning:
    return spdlog::level::warn;
  case severity::error:
    return spdlog::level::err;
  }
  return spdlog::level::warn;
}

} // namespace

void set_up_logging(const std::string& level) {
  auto logger = spdlog::stderr_color_mt("lockstep");
  // On a terminal a progress line may have to be wiped first.
  logger->set_pattern(isatty(STDERR_FILENO) == 1 ? "\r\x1b[K%H:%M:%S %^%l%$ %v"
                                                 : "%Y-%m-%dT%H:%M:%S.%e %l %v");
  logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(std::move(logger));
}

void log_report(const failure& report, severity level) {
  spdlog::log(to_spdlog(level), "{}: {}", to_string(report.code), report.message);
}

void log_warning(const std::string& message) { spdlog::warn("{}", message); }

} // namespace lockstep
