#include "actors/instance_manager.hpp"

#include "actors/caf_compat.hpp"
#include "actors/errors.hpp"
#include "actors/shard.hpp"
#include "model/routing.hpp"

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace lockstep {

namespace {

constexpr std::uint64_t instances_a_page = 1'000;

/// Sends a request from a thread that is no actor, and waits.
/// @returns CAF's error as it is, so that the caller sees whether the receiver has gone.
template <class T, class Handle, class Timeout, class... Ts>
tl::expected<T, caf::error> ask(caf::actor_system& system, const Handle& receiver, Timeout timeout,
                                const Ts&... content) {
  caf::scoped_actor self{system};
  tl::expected<T, caf::error> answer;
  auto sent = compat::request(self, receiver, timeout, content...);
  auto failed = [&](caf::error& reason) { answer = tl::unexpected(std::move(reason)); };
  if constexpr (std::is_void_v<T>)
    std::move(sent).receive([] {}, failed);
  else
    std::move(sent).receive([&](T& value) { answer = std::move(value); }, failed);
  return answer;
}

} // namespace

result<std::vector<step_answer>> pending_steps::wait() { return receive_(); }

instance_manager::instance_manager(caf::actor_system& system, routing_options options)
    : system_(&system), options_(std::move(options)) {}

template <class T, class... Ts>
result<T> instance_manager::ask_shard(const term& identifier, const Ts&... content) const {
  auto index = shard_index(identifier, options_.distribution_factor);
  if (auto shard = options_.names->lookup(shard_name(index))) {
    auto answer =
        ask<T>(*system_, caf::actor_cast<shard_actor>(shard), options_.request_timeout, content...);
    if (answer || !receiver_has_gone(answer.error()))
      return std::move(answer).map_error(to_failure);
  }
  return ask_all<T>(content...); // it knows how to wait for a shard
}

template <class T, class... Ts>
result<T> instance_manager::ask_all(const Ts&... content) const {
  auto manager = actor();
  if (!manager)
    return fail(ec::unavailable, "the instance manager is not running; try again later");
  return ask<T>(*system_, manager, options_.request_timeout + options_.recovery_timeout, content...)
      .map_error(to_failure);
}

result<receipt> instance_manager::initialise(const initialisation& request) const {
  return ask_shard<receipt>(request.identifier, atoms::initialise_v, request);
}

result<receipt> instance_manager::step(const step_report& report) const {
  return ask_shard<receipt>(report.identifier, atoms::step_v, report);
}

pending_steps instance_manager::begin_steps(std::vector<step_report> steps) const {
  pending_steps pending;
  auto manager = actor();
  if (!manager) {
    pending.receive_ = []() -> result<std::vector<step_answer>> {
      return fail(ec::unavailable, "the instance manager is not running; try again later");
    };
    return pending;
  }
  auto self = std::make_shared<caf::scoped_actor>(*system_);
  auto sent = compat::request(*self, manager, options_.request_timeout + options_.recovery_timeout,
                              atoms::step_v, std::move(steps));
  auto shared = std::make_shared<decltype(sent)>(std::move(sent));
  pending.receive_ = [self, shared] {
    result<std::vector<step_answer>> answers;
    std::move(*shared).receive(
        [&](std::vector<step_answer>& received) { answers = std::move(received); },
        [&](const caf::error& reason) { answers = tl::unexpected(to_failure(reason)); });
    return answers;
  };
  return pending;
}

result<void> instance_manager::mock(const initialisation& request) const {
  return ask_shard<void>(request.identifier, atoms::mock_v, request);
}

result<instance> instance_manager::get(const term& identifier) const {
  return ask_shard<instance>(identifier, atoms::get_v, identifier);
}

result<void> instance_manager::remove(const term& identifier) const {
  return ask_shard<void>(identifier, atoms::remove_v, identifier);
}

result<void> instance_manager::for_each_instance(
    const std::function<bool(const stored_instance&)>& visit) const {
  for (std::uint32_t shard = 1; shard <= options_.distribution_factor; ++shard) {
    std::optional<std::uint64_t> from = 0;
    while (from) {
      auto page = ask_all<instance_page>(atoms::list_v, shard, *from, instances_a_page);
      if (!page)
        return tl::unexpected(page.error());
      for (const auto& one : page->instances)
        if (!visit(one))
          return {};
      from = page->next;
    }
  }
  return {};
}

result<std::vector<shard_summary>> instance_manager::summarise(std::uint64_t deviations) const {
  return ask_all<std::vector<shard_summary>>(atoms::summarise_v, deviations);
}

result<std::vector<implementation_model>> instance_manager::models() const {
  return ask_all<std::vector<implementation_model>>(atoms::show_models_v);
}

result<void> instance_manager::adopt(const std::vector<implementation_model>& models) const {
  return ask_all<void>(atoms::adopt_models_v, models);
}

result<void> instance_manager::expire(timestamp at) const {
  return ask_all<void>(atoms::expire_v, point_in_time{at});
}

instance_manager_actor instance_manager::actor() const {
  return caf::actor_cast<instance_manager_actor>(options_.names->lookup(instance_manager_name()));
}

} // namespace lockstep
