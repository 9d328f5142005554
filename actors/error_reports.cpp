#include "actors/error_reports.hpp"

#include "actors/write_down.hpp"

#include <exception>
#include <string>

namespace lockstep {

namespace {

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
    write_down(log, error, level);
  if (!policy.callback)
    return {};
  const auto flaw = call_back(error, policy, who);
  if (flaw.empty())
    return {};
  failure failed{ec::callback_failed,
                 "the error policy's callback failed when it was told of "
                     + std::string(to_string(error.code)) + ": " + flaw,
                 error.context};
  write_down(log, failed, severity::error);
  return tl::unexpected(std::move(failed));
}

} // namespace lockstep
