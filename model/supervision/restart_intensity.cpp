#include "model/supervision/restart_intensity.hpp"

namespace lockstep {

restart_intensity::restart_intensity(std::size_t max_restarts, clock::duration period)
    : max_restarts_(max_restarts), period_(period) {
  // nop
}

bool restart_intensity::allows(clock::time_point now) {
  if (max_restarts_ == no_limit)
    return true;
  restarts_.push_back(now);
  const auto is_needless = [&](clock::time_point oldest) {
    // One more than the limit is enough to know that there are too many.
    return restarts_.size() - 1 > max_restarts_ || now - oldest > period_;
  };
  while (restarts_.size() > 1 && is_needless(restarts_.front()))
    restarts_.pop_front();
  return restarts_.size() <= max_restarts_;
}

} // namespace lockstep
