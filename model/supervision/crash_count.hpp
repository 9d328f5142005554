#pragma once

#include "model/term/term.hpp"
#include "model/time.hpp"

#include <chrono>
#include <cstddef>
#include <map>

namespace lockstep {

/// Counts how often instances crashed what handled them, and says when that is no chance any more.
///
/// A request that crashes its shard is sent again to the next one, so the crashes of one instance
/// follow each other at once until it is found guilty.
///
/// Not thread-safe. Memory is bounded: only the latest `max_suspects` instances are remembered.
class crash_count {
public:
  static constexpr std::size_t max_suspects = 1'000;

  /// @param max_crashes So many crashes are too many; at least 1.
  /// @param period A crash that comes longer after the one before begins a new count.
  explicit crash_count(std::size_t max_crashes = 2, duration period = std::chrono::minutes{10});

  /// Counts a crash. @returns how many there are in a row now.
  std::size_t add(const term& identifier, timestamp at);

  /// Are so many too many?
  [[nodiscard]] bool too_many(std::size_t crashes) const noexcept { return crashes >= max_; }

  /// Begins a new count.
  void forget(const term& identifier) { suspects_.erase(identifier); }

private:
  struct suspect {
    std::size_t crashes = 0;
    timestamp last;
  };

  std::size_t max_;
  duration period_;
  std::map<term, suspect> suspects_;
};

} // namespace lockstep
