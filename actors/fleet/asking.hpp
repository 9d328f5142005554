#pragma once

#include "actors/caf_compat.hpp"
#include "actors/fleet/fleet_core.hpp"
#include "actors/fleet/worker_interface.hpp"
#include "model/failure.hpp"

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/message.hpp>

#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

namespace lockstep {

/// A message to a worker of a fleet, from an actor that does not block: see `fleet::request`.
template <class Worker, class T, class Self, class... Ts>
class fleet_request {
public:
  fleet_request(Self* self, std::shared_ptr<const fleet_core> core, call_options how, term key,
                std::tuple<Ts...> content)
      : self_(self),
        core_(std::move(core)),
        how_(how),
        key_(std::move(key)),
        content_(std::move(content)) {}

  /// Sends it. Then calls `done(T)` within the actor, or `done()` if T is void, or else
  /// `failed(failure)`; with errors as `fleet::call`.
  template <class Done, class Failed>
  void then(Done done, Failed failed) && {
    const auto patience = within_bounds(how_.timeout);
    auto [worker, on_it] = core_->enter(key_);
    if (worker) {
      auto sent = std::apply(
          [&](Ts&... content) {
            return compat::request(self_, caf::actor_cast<Worker>(worker), patience,
                                   std::move(content)...);
          },
          content_);
      // The seat is kept until the answer.
      hear(std::move(sent), std::move(done),
           [core = core_, key = key_, failed, kept = on_it](const caf::error& reason) mutable {
             failed(core->worker_failure(key, reason));
           });
      return;
    }
    auto content =
        std::apply([](Ts&... parts) { return caf::make_message(std::move(parts)...); }, content_);
    // The keeper passes it on, and the worker answers. (Its type is not the keeper's.)
    auto sent = compat::request(self_, caf::actor_cast<caf::actor>(core_->keeper()), patience,
                                atoms::submit_v, key_, how_.absent == if_absent::start,
                                std::move(content), local_stay{on_it});
    hear(std::move(sent), std::move(done),
         [core = core_, key = key_, failed, kept = on_it](const caf::error& reason) mutable {
           failed(core->detour_failure(key, *kept, reason));
         });
  }

private:
  template <class Sent, class Done, class Refused>
  static void hear(Sent sent, Done done, Refused refused) {
    if constexpr (std::is_void_v<T>)
      std::move(sent).then([done]() mutable { done(); }, std::move(refused));
    else
      std::move(sent).then([done](T& answer) mutable { done(std::move(answer)); },
                           std::move(refused));
  }

  Self* self_;
  std::shared_ptr<const fleet_core> core_;
  call_options how_;
  term key_;
  std::tuple<Ts...> content_;
};

} // namespace lockstep
