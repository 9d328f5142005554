#pragma once

#include "actors/caf_compat.hpp"
#include "actors/errors.hpp"
#include "actors/interfaces.hpp"
#include "actors/keyed/keyed_options.hpp"
#include "actors/shard_link.hpp"
#include "model/term/term_text.hpp"

#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_clock.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <type_traits>
#include <utility>

namespace lockstep {

/// One actor's way to keyed shards: sends requests, again if a shard is restarted meanwhile, in
/// order. Belongs to that actor and runs within it.
class keyed_router {
public:
  keyed_router(keyed_shards_actor::pointer self,
               std::shared_ptr<const keyed_shards_options> options)
      : self_(self), options_(std::move(options)) {}

  /// Calls `send(shard)`, which sends a request and returns what waits for its answer, once or more
  /// often; then `then(result<T>)`, once.
  template <class T, class Send, class F>
  void ask(const shard_key& key, Send send, F then) {
    auto& link = links_[key];
    const auto number = link.next_number();
    auto failed = [this, key, number, then](const caf::error& reason) mutable {
      if (receiver_has_gone(reason)) {
        if (links_[key].bounced(number))
          look_for(key);
        return;
      }
      links_[key].answered(number);
      then(result<T>{tl::unexpected(to_failure(reason))});
    };
    auto attempt = [this, key, number, send, then,
                    failed](const caf::strong_actor_ptr& to) mutable {
      auto sent = send(caf::actor_cast<keyed_shard_actor>(to));
      if constexpr (std::is_void_v<T>)
        std::move(sent).then(
            [this, key, number, then]() mutable {
              links_[key].answered(number);
              then(result<T>{});
            },
            failed);
      else
        std::move(sent).then(
            [this, key, number, then](T& value) mutable {
              links_[key].answered(number);
              then(result<T>{std::move(value)});
            },
            failed);
    };
    auto refuse = [then](const failure& reason) mutable {
      then(result<T>{tl::unexpected(reason)});
    };
    if (link.submit(number, {attempt, refuse}, options_->names->lookup(name_of(key))))
      look_for(key);
  }

private:
  /// Pause before the registry, itself being restarted, is asked again.
  static constexpr auto registry_retry_delay = std::chrono::milliseconds{50};

  [[nodiscard]] term name_of(const shard_key& key) const {
    return keyed_shard_name(options_->node_id, key);
  }

  /// Asks the registry for the shard that comes after the one that has gone.
  void look_for(const shard_key& key) {
    look_for(key, self_->clock().now() + options_->recovery_timeout);
  }

  /// @param until Later it is not asked again.
  void look_for(const shard_key& key, caf::actor_clock::time_point until) {
    compat::request(self_, options_->names->registry(), options_->recovery_timeout,
                    atoms::await_name_v, name_of(key),
                    caf::actor_cast<caf::actor_addr>(links_[key].gone()))
        .then([this, key](const caf::strong_actor_ptr& found) { links_[key].found(found); },
              [this, key, until](const caf::error& reason) {
                if (receiver_has_gone(reason) && self_->clock().now() < until)
                  self_->run_delayed(registry_retry_delay,
                                     [this, key, until] { look_for(key, until); });
                else
                  links_[key].lost({ec::unavailable,
                                    "the keyed shard " + to_text(name_of(key))
                                        + " is not running; try again later",
                                    {{"name", name_of(key)}}});
              });
  }

  keyed_shards_actor::pointer self_;
  std::shared_ptr<const keyed_shards_options> options_;
  std::map<shard_key, shard_link> links_;
};

} // namespace lockstep
