#pragma once

#include "actors/ask_elsewhere.hpp"
#include "actors/caf_compat.hpp"

#include <algorithm>
#include <chrono>
#include <type_traits>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/sec.hpp>
#include <tl/expected.hpp>

namespace lockstep {

/// Waits until `self` has a message; one that is there is found after `until`, too. CAF's own
/// timeouts would wake a thread of its clock for each request. It waits by the wall's clock, which
/// may be set: so not for long at a time.
/// @returns false at that time, or later if the clock was set back meanwhile.
inline bool await_message(caf::scoped_actor& self, std::chrono::steady_clock::time_point until) {
  using wall = std::chrono::high_resolution_clock;
  using time = std::chrono::nanoseconds;
  for (;;) {
    const time left = until - std::chrono::steady_clock::now();
    if (self->await_data(wall::now()
                         + std::clamp(left, time::zero(), time{std::chrono::seconds{1}})))
      return true;
    if (left <= time::zero())
      return false;
  }
}

/// Sends a request from a thread that is no actor, and waits.
/// @returns CAF's error as it is, so that the caller sees whether the receiver has gone.
template <class T, class Handle, class Timeout, class... Ts>
tl::expected<T, caf::error> ask(caf::actor_system& system, const Handle& receiver, Timeout timeout,
                                Ts&&... content) {
  if (receiver.node() != system.node())
    return ask_elsewhere<T>(system, receiver, timeout, std::forward<Ts>(content)...).get();
  caf::scoped_actor self{system};
  tl::expected<T, caf::error> answer;
  const auto until = std::chrono::steady_clock::now() + timeout;
  auto sent = compat::request(self, receiver, caf::infinite, std::forward<Ts>(content)...);
  // Nobody else knows this actor: what comes is the answer.
  if (!await_message(self, until))
    return tl::unexpected(caf::make_error(caf::sec::request_timeout));
  auto failed = [&](caf::error& reason) { answer = tl::unexpected(std::move(reason)); };
  if constexpr (std::is_void_v<T>)
    std::move(sent).receive([] {}, failed);
  else
    std::move(sent).receive([&](T& value) { answer = std::move(value); }, failed);
  return answer;
}

} // namespace lockstep
