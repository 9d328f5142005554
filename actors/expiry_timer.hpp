#pragma once

#include <caf/actor_clock.hpp>
#include <caf/disposable.hpp>
#include <caf/fwd.hpp>

#include <functional>
#include <optional>

namespace lockstep {

/// One timer for all requests of an actor that must be answered in time. Belongs to that actor and
/// runs within it.
///
/// CAF's clock goes through all the timers that it has for each new one: with one for each request
/// that took a seventh of the time of lists.
class expiry_timer {
public:
  using time_point = caf::actor_clock::time_point;
  /// Refuses what is overdue. @returns when the next request will be; nothing if there is none.
  using expire_function = std::function<std::optional<time_point>(time_point now)>;

  expiry_timer(caf::scheduled_actor* self, expire_function expire);
  expiry_timer(const expiry_timer&) = delete;
  expiry_timer& operator=(const expiry_timer&) = delete;
  ~expiry_timer();

  /// Sees to it that what is overdue is refused then, or a little later.
  void expire_at(time_point due);

private:
  void expire();

  caf::scheduled_actor* self_;
  expire_function expire_;
  time_point next_ = time_point::max();
  caf::disposable timer_;
};

} // namespace lockstep
