#include "model/supervision/crash_count.hpp"

#include <algorithm>

namespace lockstep {

crash_count::crash_count(std::size_t max_crashes, duration period)
    : max_(std::max<std::size_t>(max_crashes, 1)), period_(period) {
  // nop
}

std::size_t crash_count::add(const term& identifier, timestamp at) {
  auto& [crashes, last] = suspects_[identifier];
  if (crashes > 0 && at - last > period_)
    crashes = 0;
  last = at;
  const auto count = ++crashes;
  if (suspects_.size() > max_suspects)
    suspects_.erase(std::ranges::min_element(suspects_, {},
                                             [](const auto& entry) { return entry.second.last; }));
  return count;
}

} // namespace lockstep
