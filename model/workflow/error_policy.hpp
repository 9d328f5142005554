#pragma once

#include "model/failure.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace lockstep {

/// How an error is logged.
enum class severity : std::uint8_t { off, debug, info, warning, error };

/// The severity's name as it is written in JSON and configuration, e.g. `warning`.
[[nodiscard]] std::string_view to_string(severity level) noexcept;

/// @returns nothing for text that names no severity.
[[nodiscard]] std::optional<severity> parse_severity(std::string_view name) noexcept;

/// Whose call an error belongs to.
struct caller {
  /// The call: `initialise`, `step`, `mock` …, or `timer` for what time brought about.
  std::string call;
  /// The actor that asked, as CAF writes it (`ID@NODE`); empty if nobody waits for an answer.
  std::string sender;

  friend bool operator==(const caller&, const caller&) = default;
};

/// Hears of an error once it is durable, before the call is answered. Called in a shard's thread,
/// several shards at a time; it should return soon. If it throws, its call fails with
/// `callback_failed`; what was recorded stays recorded.
using error_callback = std::function<void(const failure&, const caller&)>;

/// What is done about the errors of a specification's instances: whether the caller sees them, how
/// they are logged, and who else hears of them.
///
/// By default every error is logged as a warning; `deviation_still_equivalent` and
/// `impl_model_not_found` are swallowed (the call succeeds) and every other error is propagated.
struct error_policy {
  std::set<ec> swallowed{ec::deviation_still_equivalent, ec::impl_model_not_found};
  /// Where it differs from `warning`.
  std::map<ec, severity> logged;
  /// May be empty.
  error_callback callback;

  [[nodiscard]] bool swallows(ec code) const { return swallowed.contains(code); }
  [[nodiscard]] severity level_of(ec code) const {
    const auto found = logged.find(code);
    return found == logged.end() ? severity::warning : found->second;
  }

  /// Callbacks cannot be compared and are left out.
  friend bool operator==(const error_policy& lhs, const error_policy& rhs) {
    return lhs.swallowed == rhs.swallowed && lhs.logged == rhs.logged;
  }
};

} // namespace lockstep
