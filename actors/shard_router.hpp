#pragma once

#include "actors/caf_compat.hpp"
#include "actors/errors.hpp"
#include "actors/expiry_timer.hpp"
#include "actors/instance_manager_actor.hpp"
#include "actors/shard.hpp"
#include "actors/shard_link.hpp"

#include <caf/sec.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace lockstep {

/// One actor's way to the shards: sends requests, again if a shard is restarted meanwhile, in
/// order; collects the answers of all. Belongs to that actor and runs within it.
class shard_router {
public:
  shard_router(instance_manager_actor::pointer self, routing_options options)
      : self_(self),
        options_(std::move(options)),
        names_(shard_names(options_.distribution_factor)),
        links_(options_.distribution_factor),
        expiry_(self, [this](shard_link::time_point now) { return expire(now); }) {}

  [[nodiscard]] std::uint32_t shard_of(const term& identifier) const {
    return options_.layout().shard_of(identifier);
  }

  /// Shards are 1 to this.
  [[nodiscard]] std::uint32_t shards() const noexcept { return options_.distribution_factor; }

  /// Sends a request to a shard and calls `then(result<T>)` once: at once if the shard is
  /// overloaded, with `unavailable` after the call's timeout. A request keeps its place in the
  /// queue until it is answered, across restarts.
  template <class T, class F, class Atom, class... Ts>
  void ask(std::uint32_t shard, F then, const Atom& call, Ts&&... content) {
    const auto timeout = timeout_of<Atom>(options_) + options_.recovery_timeout;
    auto let_in =
        enter_until<Atom>(options_, shard, timeout, (units_of(content) * ... * std::size_t{1}));
    if (!let_in)
      return then(result<T>{tl::unexpected(at_shard(shard, let_in.error()))});
    auto& link = links_[shard - 1];
    const auto number = link.next_number();
    // What is needed to send it again is kept once, however often it is referred to.
    auto kept = std::make_shared<request_kept<F, std::decay_t<Ts>...>>(
        request_kept<F, std::decay_t<Ts>...>{std::move(then),
                                             std::make_shared<ticket>(std::move(*let_in)),
                                             {std::forward<Ts>(content)...}});
    auto failed = [this, shard, number, kept](const caf::error& reason) {
      if (receiver_has_gone(reason)) {
        if (links_[shard - 1].bounced(number))
          look_for(shard);
      } else if (links_[shard - 1].answered(number)) {
        kept->then(result<T>{tl::unexpected(at_shard(shard, to_failure(reason)))});
      }
    };
    auto send = [this, shard, number, kept, failed, call](const caf::strong_actor_ptr& to) {
      auto sent = std::apply(
          [&](const auto&... parts) {
            return compat::request(self_, caf::actor_cast<shard_actor>(to), caf::infinite, call,
                                   parts..., ticket{kept->place});
          },
          kept->content);
      if constexpr (std::is_void_v<T>)
        std::move(sent).then(
            [this, shard, number, kept] {
              if (links_[shard - 1].answered(number))
                kept->then(result<T>{});
            },
            failed);
      else
        std::move(sent).then(
            [this, shard, number, kept](T& value) {
              if (links_[shard - 1].answered(number))
                kept->then(result<T>{std::move(value)});
            },
            failed);
    };
    auto refuse = [shard, kept](const failure& reason) {
      kept->then(result<T>{tl::unexpected(at_shard(shard, reason))});
    };
    const auto due = self_->clock().now() + timeout;
    if (link.submit(number, {send, refuse, due}, options_.names->lookup(names_[shard - 1])))
      look_for(shard);
    expiry_.expire_at(due);
  }

  /// Asks all shards at once and calls `then` with their answers in the order of the shards, or
  /// with the first error: `result<std::vector<T>>`, or `result<void>` if there is nothing to
  /// collect.
  template <class T, class F, class... Ts>
  void ask_all(F then, const Ts&... content) {
    auto collected = std::make_shared<gathering<T>>(shards());
    for (std::uint32_t shard = 1; shard <= shards(); ++shard)
      ask<T>(
          shard,
          [collected, shard, then](result<T> part) mutable {
            if (!part && !collected->first_error) {
              collected->first_error = part.error();
              collected->first_error->message.insert(0, shard_display_name(shard) + ": ");
            }
            if constexpr (!std::is_void_v<T>)
              if (part)
                collected->parts[shard - 1] = std::move(*part);
            if (--collected->missing > 0)
              return;
            if (collected->first_error)
              then(tl::unexpected(*collected->first_error));
            else if constexpr (std::is_void_v<T>)
              then(result<void>{});
            else
              then(std::move(collected->parts));
          },
          content...);
  }

private:
  /// Pause before the registry, itself being restarted, is asked again.
  static constexpr auto registry_retry_delay = std::chrono::milliseconds{50};

  struct nothing {};

  /// A request on its way: what is sent, once or again, and who hears of its answer.
  template <class F, class... Ts>
  struct request_kept {
    F then;
    std::shared_ptr<ticket> place;
    std::tuple<Ts...> content;
  };

  /// What is being collected from all shards.
  template <class T>
  struct gathering {
    explicit gathering(std::size_t shards) : missing(shards), parts(shards) {}
    std::size_t missing;
    std::vector<std::conditional_t<std::is_void_v<T>, nothing, T>> parts; // by shard
    std::optional<failure> first_error;
  };

  /// As how many requests a part of a message counts.
  template <class T>
  static std::size_t units_of(const T&) {
    return 1;
  }
  static std::size_t units_of(const local_steps& steps) { return steps.own.size(); }
  static std::size_t units_of(const std::vector<term>& identifiers) { return identifiers.size(); }

  /// Refuses overdue requests. @returns when the next one will be.
  std::optional<shard_link::time_point> expire(shard_link::time_point now) {
    const auto reason = to_failure(caf::make_error(caf::sec::request_timeout));
    auto next = shard_link::time_point::max();
    for (std::uint32_t shard = 1; shard <= shards(); ++shard)
      if (const auto due = links_[shard - 1].expire(now, at_shard(shard, reason)))
        next = std::min(next, *due);
    return next == shard_link::time_point::max() ? std::nullopt : std::optional{next};
  }

  /// Asks the registry for the shard that comes after the one that has gone.
  void look_for(std::uint32_t shard) {
    auto& link = links_[shard - 1];
    compat::request(self_, options_.names->registry(), options_.recovery_timeout,
                    atoms::await_name_v, names_[shard - 1],
                    caf::actor_cast<caf::actor_addr>(link.gone()))
        .then([this, shard](const caf::strong_actor_ptr& found) { links_[shard - 1].found(found); },
              [this, shard](const caf::error& reason) {
                if (receiver_has_gone(reason))
                  self_->run_delayed(registry_retry_delay, [this, shard] { look_for(shard); });
                else
                  links_[shard - 1].lost(
                      {ec::unavailable,
                       shard_display_name(shard) + " is not running; try again later",
                       {}});
              });
  }

  instance_manager_actor::pointer self_;
  routing_options options_;
  /// By shard.
  std::vector<term> names_;
  /// By shard.
  std::vector<shard_link> links_;
  expiry_timer expiry_;
};

} // namespace lockstep
