#pragma once

#include "actors/caf_compat.hpp"
#include "actors/fleet/fleet_core.hpp"
#include "actors/fleet/worker_interface.hpp"
#include "model/failure.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <future>
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
      : order_(std::make_shared<order>(
          order{self, std::move(core), how, std::move(key), std::move(content), {}})) {}

  /// Sends it. Then calls `done(T)` within the actor, or `done()` if T is void, or else
  /// `failed(failure)`; with errors as `fleet::call`.
  template <class Done, class Failed>
  void then(Done done, Failed failed) && {
    const auto& how = order_->how;
    order_->deadline = order_->self->clock().now() + how.timeout;
    auto [worker, on_it] = order_->core->enter(order_->key);
    if (worker) {
      ask(order_, {std::move(worker), std::move(on_it)}, done, failed);
      return;
    }
    compat::request(order_->self, order_->core->keeper(), how.timeout, atoms::acquire_v,
                    order_->key, how.absent == if_absent::start, local_stay{std::move(on_it)})
        .then([order = order_, done,
               failed](const local_seat& seat) { ask(order, seat, done, failed); },
              [order = order_, failed](const caf::error& reason) mutable {
                failed(order->core->keeper_failure(reason));
              });
  }

private:
  struct order {
    Self* self;
    std::shared_ptr<const fleet_core> core;
    call_options how;
    term key;
    std::tuple<Ts...> content;
    std::chrono::steady_clock::time_point deadline;
  };

  template <class Done, class Failed>
  static void ask(const std::shared_ptr<order>& what, const local_seat& seat, Done done,
                  Failed failed) {
    auto left = what->deadline - what->self->clock().now();
    left = std::max(left, decltype(left){1});
    auto sent = std::apply(
        [&](Ts&... content) {
          return compat::request(what->self, caf::actor_cast<Worker>(seat.worker), left,
                                 std::move(content)...);
        },
        what->content);
    // The seat is kept until the answer.
    auto refused = [what, failed, kept = seat.seat](const caf::error& reason) mutable {
      failed(what->core->worker_failure(what->key, reason));
    };
    if constexpr (std::is_void_v<T>)
      std::move(sent).then([done]() mutable { done(); }, std::move(refused));
    else
      std::move(sent).then([done](T& answer) mutable { done(std::move(answer)); },
                           std::move(refused));
  }

  std::shared_ptr<order> order_;
};

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
