#pragma once

#include "actors/ask_elsewhere.hpp"
#include "actors/caf_compat.hpp"

#include <type_traits>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <tl/expected.hpp>

namespace lockstep {

/// Sends a request from a thread that is no actor, and waits.
/// @returns CAF's error as it is, so that the caller sees whether the receiver has gone.
template <class T, class Handle, class Timeout, class... Ts>
tl::expected<T, caf::error> ask(caf::actor_system& system, const Handle& receiver, Timeout timeout,
                                Ts&&... content) {
  if (receiver.node() != system.node())
    return ask_elsewhere<T>(system, receiver, timeout, std::forward<Ts>(content)...).get();
  caf::scoped_actor self{system};
  tl::expected<T, caf::error> answer;
  auto sent = compat::request(self, receiver, timeout, std::forward<Ts>(content)...);
  auto failed = [&](caf::error& reason) { answer = tl::unexpected(std::move(reason)); };
  if constexpr (std::is_void_v<T>)
    std::move(sent).receive([] {}, failed);
  else
    std::move(sent).receive([&](T& value) { answer = std::move(value); }, failed);
  return answer;
}

} // namespace lockstep
