#include "actors/error_reports.hpp"

#include <exception>
#include <string>

namespace lockstep {

namespace {

/// What is to be told is durable already, so a log that throws must not undo the call.
void write_down(const failure& error, severity level, const report_sink& log) noexcept {
  try {
    if (log)
      log(error, level);
  } catch (...) { // nobody is left who could be told
  }
}

/// Why the callback threw; nothing if it did not.
std::string call_back(const failure& error, const error_policy& policy, const caller& who) {
  try {
    policy.callback(error, who);
    return {};
  } catch (const std::exception& thrown) {
    return std::string("it threw ") + thrown.what();
  } catch (...) {
    return "it threw something that is no std::exception";
  }
}

} // namespace

result<void> tell(const failure& error, const error_policy& policy, const caller& who,
                  const report_sink& log) {
  const auto level = policy.level_of(error.code);
  if (level != severity::off)
    write_down(error, level, log);
  if (!policy.callback)
    return {};
  const auto flaw = call_back(error, policy, who);
  if (flaw.empty())
    return {};
  failure failed{ec::callback_failed,
                 "the error policy's callback failed when it was told of "
                     + std::string(to_string(error.code)) + ": " + flaw,
                 error.context};
  write_down(failed, severity::error, log);
  return tl::unexpected(std::move(failed));
}

} // namespace lockstep
