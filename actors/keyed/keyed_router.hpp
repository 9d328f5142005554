#pragma once

#include "actors/caf_compat.hpp"
#include "actors/errors.hpp"
#include "actors/expiry_timer.hpp"
#include "actors/interfaces.hpp"
#include "actors/keyed/keyed_gates.hpp"
#include "actors/keyed/keyed_options.hpp"
#include "actors/shard_link.hpp"
#include "model/term/term_text.hpp"

#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_clock.hpp>
#include <caf/sec.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace lockstep {

/// One actor's way to keyed shards: sends requests, again if a shard is restarted meanwhile, in
/// order. Belongs to that actor and runs within it.
class keyed_router {
public:
  keyed_router(keyed_shards_actor::pointer self,
               std::shared_ptr<const keyed_shards_options> options)
      : self_(self),
        options_(std::move(options)),
        expiry_(self, [this](shard_link::time_point now) { return expire(now); }) {}

  /// Sends a request and calls `then(result<T>)` once: with `unavailable` when it is overdue. The
  /// request has its place in the queue until it is answered, whether anybody still waits for that
  /// or not.
  /// @param send `send(shard)` sends it, to be answered at any time, and returns what waits for
  ///             that; called again if the shard is restarted.
  template <class T, class Send, class F>
  void ask(const shard_key& key, shard_link::time_point due, std::shared_ptr<ticket> place,
           Send send, F then) {
    auto& link = links_[key];
    const auto number = link.next_number();
    auto kept = std::make_shared<request_kept<Send, F>>(
        request_kept<Send, F>{std::move(send), std::move(then), std::move(place)});
    auto answered = [this, key, number, kept](result<T> answer) {
      leave_queue(*kept->place, answer ? nullptr : &answer.error()); // before anybody knows of it
      if (links_[key].answered(number))
        kept->then(std::move(answer));
    };
    auto failed = [this, key, number, kept, answered](const caf::error& reason) {
      if (!receiver_has_gone(reason))
        return answered(tl::unexpected(to_failure(reason)));
      kept->is_sent = false;
      if (links_[key].bounced(number))
        look_for(key);
    };
    auto attempt = [kept, answered, failed](const caf::strong_actor_ptr& to) {
      kept->is_sent = true;
      auto sent = kept->send(caf::actor_cast<keyed_shard_actor>(to));
      if constexpr (std::is_void_v<T>)
        std::move(sent).then([answered] { answered({}); }, failed);
      else
        std::move(sent).then([answered](T& value) { answered(std::move(value)); }, failed);
    };
    auto refuse = [kept](const failure& reason) {
      if (!kept->is_sent) // else it is the shard's
        leave_queue(*kept->place, &reason);
      kept->then(tl::unexpected(reason));
    };
    if (link.submit(number, {attempt, refuse, due}, options_->names->lookup(name_of(key))))
      look_for(key);
    expiry_.expire_at(due);
  }

private:
  /// Pause before the registry, itself being restarted, is asked again.
  static constexpr auto registry_retry_delay = std::chrono::milliseconds{50};

  /// A request on its way: how it is sent, once or again, and who hears of its answer.
  template <class Send, class F>
  struct request_kept {
    Send send;
    F then;
    std::shared_ptr<ticket> place;
    /// And not come back since.
    bool is_sent = false;
  };

  [[nodiscard]] term name_of(const shard_key& key) const {
    return keyed_shard_name(options_->node_id, key);
  }

  /// Refuses overdue requests. @returns when the next one will be.
  std::optional<shard_link::time_point> expire(shard_link::time_point now) {
    auto next = shard_link::time_point::max();
    for (auto& [key, link] : links_) {
      auto reason = to_failure(caf::make_error(caf::sec::request_timeout));
      reason.context.emplace("name", name_of(key));
      if (const auto due = link.expire(now, reason))
        next = std::min(next, *due);
    }
    return next == shard_link::time_point::max() ? std::nullopt : std::optional{next};
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
  expiry_timer expiry_;
};

} // namespace lockstep
