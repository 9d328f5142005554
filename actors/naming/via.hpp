#pragma once

#include "actors/caf_compat.hpp"
#include "actors/errors.hpp"
#include "actors/naming/name_table.hpp"
#include "model/failure.hpp"
#include "model/term/term_text.hpp"

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/scoped_actor.hpp>

#include <memory>
#include <type_traits>
#include <utility>

namespace lockstep {

/// An address by name: it is resolved at each send, so an actor that was started again is found
/// without anyone keeping track of handles. Cheap to copy; any thread.
///
/// Errors of each call: `not_registered`, with the `name` in the context, if nobody has the name at
/// that moment. Of several holders the oldest one is meant; `name_table::dispatch` reaches all.
class via {
public:
  via(std::shared_ptr<const name_table> names, term key)
      : names_(std::move(names)), key_(std::move(key)) {}

  [[nodiscard]] const term& key() const noexcept { return key_; }

  /// Who has the name now; do not keep it.
  [[nodiscard]] result<caf::strong_actor_ptr> resolve() const {
    if (auto holder = names_->lookup(key_))
      return holder;
    return fail(ec::not_registered, "no actor has the name " + to_text(key_), {{"name", key_}});
  }

  /// Sends a message from an actor. That it was sent does not mean that it will be handled.
  template <class Self, class... Ts>
  result<void> send(Self* self, Ts&&... content) const {
    return resolve().map([&](const caf::strong_actor_ptr& holder) {
      compat::send(self, caf::actor_cast<caf::actor>(holder), std::forward<Ts>(content)...);
    });
  }

  /// As above, from a thread that is no actor.
  template <class... Ts>
  result<void> send(caf::scoped_actor& self, Ts&&... content) const {
    return send(self.ptr(), std::forward<Ts>(content)...);
  }

  /// As above, from nobody.
  template <class... Ts>
  result<void> anon_send(Ts&&... content) const {
    return resolve().map([&](const caf::strong_actor_ptr& holder) {
      compat::anon_send(caf::actor_cast<caf::actor>(holder), std::forward<Ts>(content)...);
    });
  }

  /// From an actor: asks, and calls `then(result<T>)` once, within the actor; at once if nobody has
  /// the name. Errors besides: those of the holder; `unavailable` if it ends without an answer, or
  /// gives none in time.
  template <class T, class Self, class Timeout, class F, class... Ts>
  void request(Self* self, Timeout timeout, F then, Ts&&... content) const {
    auto holder = resolve();
    if (!holder)
      return then(result<T>{tl::unexpected(std::move(holder).error())});
    auto failed = [then](const caf::error& reason) mutable {
      then(result<T>{tl::unexpected(to_failure(reason))});
    };
    auto sent = compat::request(self, caf::actor_cast<caf::actor>(*holder), timeout,
                                std::forward<Ts>(content)...);
    if constexpr (std::is_void_v<T>)
      std::move(sent).then([then]() mutable { then(result<T>{}); }, failed);
    else
      std::move(sent).then([then](T& value) mutable { then(result<T>{std::move(value)}); }, failed);
  }

  /// From a thread that is no actor: asks and waits. Errors as above.
  template <class T, class Timeout, class... Ts>
  [[nodiscard]] result<T> request(caf::scoped_actor& self, Timeout timeout, Ts&&... content) const {
    auto holder = resolve();
    if (!holder)
      return tl::unexpected(std::move(holder).error());
    result<T> answer;
    auto sent = compat::request(self, caf::actor_cast<caf::actor>(*holder), timeout,
                                std::forward<Ts>(content)...);
    auto failed = [&](const caf::error& reason) { answer = tl::unexpected(to_failure(reason)); };
    if constexpr (std::is_void_v<T>)
      std::move(sent).receive([] {}, failed);
    else
      std::move(sent).receive([&](T& value) { answer = std::move(value); }, failed);
    return answer;
  }

private:
  std::shared_ptr<const name_table> names_;
  term key_;
};

} // namespace lockstep
