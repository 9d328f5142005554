#pragma once

#include "model/failure.hpp"
#include "model/supervision/restart_rules.hpp"
#include "model/term/term.hpp"
#include "model/time.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace lockstep {

/// Nobody waits longer for anything here; more counts as that.
inline constexpr duration longest_wait = std::chrono::days{30};

/// What can be added to the time of a clock without overflow.
[[nodiscard]] constexpr duration within_bounds(duration wait) {
  return std::clamp(wait, duration{1}, longest_wait);
}

/// What a call or a cast does about a key that has no worker.
enum class if_absent {
  start,
  /// Refuse, as `not_started`. A worker that is just being started, also after a crash, counts as
  /// there.
  refuse,
};

struct call_options {
  if_absent absent = if_absent::start;
  /// How long a call may take, the start of its worker included; at most `longest_wait`.
  duration timeout = std::chrono::seconds{5};
};

struct fleet_options {
  /// For messages and listings.
  std::string name;
  /// A worker that nobody has sent anything through its fleet for that long, nor waits for, is
  /// ended within a quarter of that time more, after all that it was sent; the next message starts
  /// it anew. Nothing: never.
  time_limit idle_timeout = std::nullopt;
  /// A worker that crashes more often is parked with its reason: calls fail as `child_parked` until
  /// it is restarted by hand or stopped.
  restart_budget budget = {};
  /// Most workers at once; a call that would start one more fails as `max_children`.
  std::optional<std::size_t> max_workers = std::nullopt;
  /// How long a worker may take to end when it, or the fleet, is stopped, or when it was idle; then
  /// it is killed. At most `longest_wait`.
  duration shutdown = std::chrono::seconds{5};
  /// Unless the handle is told otherwise (`fleet::with`).
  call_options calls = {};
  /// The time for `idle_timeout`; any thread may call it.
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
  /// Hears of workers that crashed or were parked and of casts that could not be delivered; called
  /// in threads of actors. May be empty. What it throws is swallowed.
  std::function<void(const failure&)> report = nullptr;
};

/// A worker that crashed too often.
struct parked_worker {
  term key;
  /// Of the last crash.
  std::string reason;

  friend bool operator==(const parked_worker&, const parked_worker&) = default;
};

} // namespace lockstep
