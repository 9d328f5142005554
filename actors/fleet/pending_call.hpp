#pragma once

#include "model/failure.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>

#include <chrono>
#include <future>
#include <memory>
#include <type_traits>
#include <utility>

namespace lockstep {

/// A call that is under way.
template <class T>
class pending_call {
public:
  explicit pending_call(std::future<result<T>> answer) : answer_(std::move(answer)) {}

  /// Then `wait` does not block.
  [[nodiscard]] bool is_answered() const {
    return answer_.wait_for(std::chrono::seconds{0}) == std::future_status::ready;
  }

  /// Blocks until the answer is there, or the call's time is over. Once.
  [[nodiscard]] result<T> wait() {
    try {
      return answer_.get();
    } catch (const std::future_error&) {
      return fail(ec::unavailable, "the actor system ended before the call was answered");
    }
  }

private:
  std::future<result<T>> answer_;
};

/// Has an actor of its own do what gives an answer later. @param ask Called within that actor as
/// `ask(self, done, failed)`.
template <class T, class Ask>
pending_call<T> in_background(caf::actor_system& system, Ask ask) {
  auto promise = std::make_shared<std::promise<result<T>>>();
  pending_call<T> pending{promise->get_future()};
  system.spawn([promise, ask = std::move(ask)](caf::event_based_actor* self) mutable {
    auto failed = [promise](failure reason) {
      promise->set_value(tl::unexpected(std::move(reason)));
    };
    if constexpr (std::is_void_v<T>)
      ask(
          self, [promise] { promise->set_value({}); }, failed);
    else
      ask(
          self, [promise](T answer) { promise->set_value(std::move(answer)); }, failed);
  });
  return pending;
}

} // namespace lockstep
