#include "actors/expiry_timer.hpp"

#include <caf/scheduled_actor.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace lockstep {

namespace {

/// How much too late a request may be refused, so that many are at a time.
constexpr auto precision = std::chrono::milliseconds{10};

} // namespace

expiry_timer::expiry_timer(caf::scheduled_actor* self, expire_function expire)
    : self_(self), expire_(std::move(expire)) {}

expiry_timer::~expiry_timer() { timer_.dispose(); }

void expiry_timer::expire_at(time_point due) {
  if (due >= next_)
    return;
  next_ = due;
  timer_.dispose();
  timer_ = self_->run_delayed(due - self_->clock().now(), [this] { expire(); });
}

void expiry_timer::expire() {
  const auto now = self_->clock().now();
  next_ = time_point::max();
  if (const auto next = expire_(now))
    expire_at(std::max(*next, now + precision));
}

} // namespace lockstep
