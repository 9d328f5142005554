#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <limits>

namespace lockstep {

/// Where a number is asked for: as many as you like.
inline constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

/// How often a supervisor restarts its children before it gives up, as in Erlang/OTP (`intensity`
/// and `period` of `supervisor`): more than `max_restarts` restarts within `period` are too many. A
/// restart exactly one period ago still counts.
///
/// Not thread-safe: one supervisor owns one. Memory is bounded by `max_restarts`; without a limit
/// nothing is remembered.
class restart_intensity {
public:
  using clock = std::chrono::steady_clock;

  /// @param max_restarts 0: not even one restart is allowed; `no_limit`: every one is.
  explicit restart_intensity(std::size_t max_restarts = 3,
                             clock::duration period = std::chrono::seconds{5});

  /// Records a restart and says whether it is within the limit.
  /// @param now Not before that of an earlier call.
  [[nodiscard]] bool allows(clock::time_point now);

  [[nodiscard]] std::size_t max_restarts() const noexcept { return max_restarts_; }
  [[nodiscard]] clock::duration period() const noexcept { return period_; }

private:
  std::size_t max_restarts_;
  clock::duration period_;
  /// Oldest first, at most `max_restarts_ + 1`.
  std::deque<clock::time_point> restarts_;
};

} // namespace lockstep
