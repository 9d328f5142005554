#pragma once

#include "actors/caf_compat.hpp"

#include <future>
#include <memory>
#include <type_traits>
#include <utility>

#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/sec.hpp>
#include <tl/expected.hpp>

namespace lockstep {

/// Sends a request to an actor of another process.
///
/// CAF does not answer a request that is on its way when the connection is lost, so it would wait
/// for its timeout. This one is answered at once then, with `request_receiver_down`.
template <class T, class Handle, class Timeout, class... Ts>
std::future<tl::expected<T, caf::error>>
ask_elsewhere(caf::actor_system& system, const Handle& receiver, Timeout timeout, Ts... content) {
  using answer_type = tl::expected<T, caf::error>;
  auto promise = std::make_shared<std::promise<answer_type>>();
  system.spawn([=](caf::event_based_actor* self) {
    // Whatever comes after the first answer is not heard any more.
    auto answer = [self, promise,
                   address = caf::actor_cast<caf::actor_addr>(receiver)](answer_type value) {
      promise->set_value(std::move(value));
      self->demonitor(address);
      self->quit();
    };
    auto failed = [answer](const caf::error& reason) { answer(tl::unexpected(reason)); };
    compat::watch(self, receiver, [failed](const caf::actor_addr&, const caf::error&) {
      failed(caf::make_error(caf::sec::request_receiver_down));
    });
    auto sent = compat::request(self, receiver, timeout, content...);
    if constexpr (std::is_void_v<T>)
      std::move(sent).then([answer] { answer({}); }, failed);
    else
      std::move(sent).then([answer](T& value) { answer(std::move(value)); }, failed);
  });
  return promise->get_future();
}

} // namespace lockstep
