#pragma once

/// What CAF 0.18 and 1.x spell differently, under one name each. The only place that asks for CAF's
/// version.

#include <caf/abstract_actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/config.hpp>
#include <caf/exit_reason.hpp>
#include <caf/message.hpp>
#include <caf/message_id.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/system_messages.hpp>
#include <caf/typed_event_based_actor.hpp>

#if CAF_MAJOR_VERSION >= 1
#include <caf/actor_from_state.hpp>
#include <caf/anon_mail.hpp>
#include <caf/mail.hpp>
#endif

#include <utility>

namespace lockstep::compat {

#if CAF_MAJOR_VERSION >= 1

template <class Self, class Destination, class... Ts>
void send(Self* self, const Destination& destination, Ts&&... content) {
  self->mail(std::forward<Ts>(content)...).send(destination);
}

/// A message from nobody.
template <class Destination, class... Ts>
void anon_send(const Destination& destination, Ts&&... content) {
  caf::anon_mail(std::forward<Ts>(content)...).send(destination);
}

template <class Self, class Destination, class Timeout, class... Ts>
auto request(Self&& self, const Destination& destination, Timeout timeout, Ts&&... content) {
  return self->mail(std::forward<Ts>(content)...).request(destination, timeout);
}

/// Calls `ended(actor_addr, error)` within `self` once the actor has ended.
template <class Self, class Handle, class F>
void watch(Self* self, const Handle& actor, F ended) {
  self->monitor(actor, [ended, source = caf::actor_cast<caf::actor_addr>(actor)](
                           const caf::error& reason) mutable { ended(source, reason); });
}

template <class Handle, class State, caf::spawn_options Options = caf::no_spawn_options,
          class... Ts>
Handle spawn(caf::actor_system& system, Ts&&... arguments) {
  return system.spawn<Options>(caf::actor_from_state<State>, std::forward<Ts>(arguments)...);
}

#else

template <class Self, class Destination, class... Ts>
void send(Self* self, const Destination& destination, Ts&&... content) {
  self->send(destination, std::forward<Ts>(content)...);
}

/// A message from nobody.
template <class Destination, class... Ts>
void anon_send(const Destination& destination, Ts&&... content) {
  caf::anon_send(destination, std::forward<Ts>(content)...);
}

template <class Self, class Destination, class Timeout, class... Ts>
auto request(Self&& self, const Destination& destination, Timeout timeout, Ts&&... content) {
  return self->request(destination, timeout, std::forward<Ts>(content)...);
}

/// Calls `ended(actor_addr, error)` within `self` once the actor has ended. An actor passes the
/// same function each time.
template <class Self, class Handle, class F>
void watch(Self* self, const Handle& actor, F ended) {
  self->set_down_handler(
      [ended](const caf::down_msg& down) mutable { ended(down.source, down.reason); });
  self->monitor(actor);
}

template <class Handle, class State, caf::spawn_options Options = caf::no_spawn_options,
          class... Ts>
Handle spawn(caf::actor_system& system, Ts&&... arguments) {
  return system.spawn<typename Handle::template stateful_impl<State>, Options>(
      std::forward<Ts>(arguments)...);
}

#endif

/// Calls `asked(reason)` within `self` when somebody asks it to exit; it then ends by `quit`.
/// `exit_reason::kill` ends an actor without asking.
template <class Self, class F>
void on_exit_request(Self* self, F asked) {
  self->set_exit_handler([asked](const caf::exit_msg& message) mutable { asked(message.reason); });
}

/// Asks an actor to end.
inline void ask_to_exit(const caf::strong_actor_ptr& actor, caf::exit_reason reason) {
  caf::anon_send_exit(actor, reason);
}

/// Sends a message from nobody. @returns whether its receiver took it: it has not ended.
inline bool try_send(const caf::strong_actor_ptr& receiver, caf::message content) {
  return receiver->enqueue(nullptr, caf::make_message_id(), std::move(content), nullptr);
}

/// Asks an actor to end when it has handled what it was sent before. (`ask_to_exit` leaves open
/// whether it is urgent.)
inline void ask_to_exit_in_turn(const caf::strong_actor_ptr& actor, caf::exit_reason reason) {
  try_send(actor, caf::make_message(caf::exit_msg{nullptr, reason}));
}

/// Has this actor ended, or begun to?
inline bool has_ended(const caf::strong_actor_ptr& actor) {
  return caf::actor_cast<caf::abstract_actor*>(actor)->getf(
      caf::abstract_actor::is_terminated_flag);
}

} // namespace lockstep::compat
