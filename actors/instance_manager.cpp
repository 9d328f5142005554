#include "actors/instance_manager.hpp"

#include "actors/ask.hpp"
#include "actors/caf_compat.hpp"
#include "actors/errors.hpp"
#include "actors/shard.hpp"
#include "model/workflow/specification_json.hpp"

#include <caf/io/middleman.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace lockstep {

namespace {

/// So many instances are deleted by one message.
constexpr std::size_t removed_at_once = 1'000;

/// A request as it is sent to somebody who is waited for that long.
template <class Request>
Request in_time(const Request& request, const routing_options& options,
                std::chrono::milliseconds timeout) {
  auto timed = request;
  if constexpr (std::is_same_v<Request, initialisation> || std::is_same_v<Request, step_report>)
    set_deadline(timed, options, timeout);
  return timed;
}

template <class T>
T value_or_throw(result<T> answer) {
  if (!answer)
    throw call_error{std::move(answer).error()};
  if constexpr (!std::is_void_v<T>)
    return std::move(*answer);
}

} // namespace

instance_manager::instance_manager(caf::actor_system& system, routing_options options)
    : system_(&system),
      options_(std::move(options)),
      shard_names_(
          std::make_shared<const std::vector<term>>(shard_names(options_.distribution_factor))) {}

result<instance_manager> instance_manager::connect(caf::actor_system& system,
                                                   const std::string& host, std::uint16_t port) {
  auto found = system.middleman().remote_actor<instance_manager_actor>(host, port);
  if (!found)
    return fail(ec::unavailable, "no Lockstep node answers on " + host + ":" + std::to_string(port)
                                     + " (" + caf::to_string(found.error())
                                     + "); check that it runs with that port and address");
  instance_manager manager{system, {}};
  manager.remote_ = std::move(*found);
  return manager;
}

std::uint32_t instance_manager::index_of(const term& identifier) const {
  return options_.layout().shard_of(identifier);
}

shard_actor instance_manager::shard_at(std::uint32_t index) const {
  return caf::actor_cast<shard_actor>(options_.names->lookup((*shard_names_)[index - 1]));
}

result<shard_entrance> instance_manager::enter_shard(const term& identifier) const {
  if (!options_.names)
    return tl::unexpected(manager_not_running());
  const auto index = index_of(identifier);
  auto shard = shard_at(index);
  if (!shard)
    return fail(ec::unavailable, shard_display_name(index) + " is not running; try again later");
  return enter(options_, index).map([&](ticket place) {
    return shard_entrance{std::move(shard), std::move(place)};
  });
}

instance_manager_actor instance_manager::actor() const {
  if (!options_.names)
    return remote_;
  return caf::actor_cast<instance_manager_actor>(options_.names->lookup(instance_manager_name()));
}

template <class T, class Atom, class... Ts>
result<T> instance_manager::ask_shard(const term& identifier, const Atom& call,
                                      const Ts&... content) const {
  if (options_.names) {
    const auto index = index_of(identifier);
    if (auto shard = shard_at(index)) {
      const auto timeout = timeout_of<Atom>(options_);
      auto place = enter_until<Atom>(options_, index, timeout);
      if (!place)
        return tl::unexpected(std::move(place).error());
      auto answer = ask<T>(*system_, shard, timeout, call, in_time(content, options_, timeout)...,
                           std::move(*place));
      if (answer || !receiver_has_gone(answer.error()))
        return std::move(answer).map_error(to_failure);
    }
  }
  return ask_manager<T>(call, content...); // it knows how to wait for a shard
}

template <class T, class Atom, class... Ts>
result<T> instance_manager::ask_manager(const Atom& call, const Ts&... content) const {
  auto manager = actor();
  if (!manager)
    return tl::unexpected(manager_not_running());
  const auto timeout = timeout_of<Atom>(options_) + options_.recovery_timeout;
  return ask<T>(*system_, manager, timeout, call, in_time(content, options_, timeout)...)
      .map_error(to_failure);
}

template <class Atom, class Request>
result<void> instance_manager::tell_shard(Atom atom, const Request& request) const {
  if (options_.names) {
    const auto index = index_of(request.identifier);
    if (auto shard = shard_at(index)) {
      auto place = enter(options_, index);
      if (!place)
        return tl::unexpected(std::move(place).error());
      compat::anon_send(shard, atom, request, std::move(*place));
      return {};
    }
    if (options_.gates)
      if (auto seen = (*options_.gates)[index - 1]->look_in(); !seen)
        return seen;
  }
  auto manager = actor();
  if (!manager)
    return tl::unexpected(manager_not_running());
  compat::anon_send(manager, atoms::submit_v, request);
  return {};
}

// -- one instance ---------------------------------------------------------------------------------

result<receipt> instance_manager::initialise(const initialisation& request) const {
  return ask_shard<receipt>(request.identifier, atoms::initialise_v, request);
}

result<receipt> instance_manager::step(const step_report& report) const {
  return ask_shard<receipt>(report.identifier, atoms::step_v, report);
}

result<void> instance_manager::initialise_async(const initialisation& request) const {
  return tell_shard(atoms::initialise_v, request);
}

result<void> instance_manager::step_async(const step_report& report) const {
  return tell_shard(atoms::step_v, report);
}

receipt instance_manager::initialise_or_throw(const initialisation& request) const {
  return value_or_throw(initialise(request));
}

receipt instance_manager::step_or_throw(const step_report& report) const {
  return value_or_throw(step(report));
}

void instance_manager::mock_or_throw(const initialisation& request) const {
  value_or_throw(mock(request));
}

result<void> instance_manager::mock(const initialisation& request) const {
  return ask_shard<void>(request.identifier, atoms::mock_v, request);
}

result<instance> instance_manager::get(const term& identifier) const {
  return ask_shard<instance>(identifier, atoms::get_v, identifier);
}

result<bool> instance_manager::remove(const term& identifier,
                                      const std::string& operation_id) const {
  return ask_shard<bool>(identifier, atoms::remove_v, identifier, operation_id);
}

result<bool> instance_manager::release(const term& identifier,
                                       const std::string& operation_id) const {
  return ask_shard<bool>(identifier, atoms::release_v, identifier, operation_id);
}

result<whereabouts> instance_manager::where(const term& identifier) const {
  return ask_manager<whereabouts>(atoms::where_v, identifier);
}

// -- many instances -------------------------------------------------------------------------------

result<std::vector<instance>> instance_manager::all(const instance_filter& filter) const {
  return ask_manager<std::vector<instance>>(atoms::show_all_v, filter);
}

result<instance_listing> instance_manager::list(const instance_filter& filter,
                                                const listing_cursor& from,
                                                std::uint64_t limit) const {
  return ask_manager<instance_listing>(atoms::list_v, filter, from, limit);
}

result<void> instance_manager::for_each_instance(
    const instance_filter& filter, const std::function<bool(const stored_instance&)>& visit) const {
  for (std::optional from{listing_cursor{}}; from;) {
    auto part = list(filter, *from);
    if (!part)
      return tl::unexpected(part.error());
    for (const auto& one : part->instances)
      if (!visit(one))
        return {};
    from = part->next;
  }
  return {};
}

result<std::uint64_t> instance_manager::remove_all(const instance_filter& filter,
                                                   const std::string& operation_id) const {
  return ask_manager<std::uint64_t>(atoms::remove_all_v, filter, operation_id);
}

result<std::uint64_t>
instance_manager::remove_if(const std::function<bool(const stored_instance&)>& doomed,
                            const std::string& operation_id) const {
  result<std::uint64_t> removed = 0;
  std::vector<term> identifiers;
  const auto send = [&] {
    auto more =
        ask_manager<std::uint64_t>(atoms::remove_v, std::exchange(identifiers, {}), operation_id);
    removed = std::move(more).map([&](std::uint64_t count) { return *removed + count; });
  };
  auto listed = for_each_instance({}, [&](const stored_instance& one) {
    if (doomed(one))
      identifiers.push_back(one.head.identifier);
    if (identifiers.size() >= removed_at_once)
      send();
    return removed.has_value();
  });
  if (!listed)
    return tl::unexpected(listed.error());
  if (removed && !identifiers.empty())
    send();
  return removed;
}

result<std::vector<quarantined_instance>> instance_manager::quarantined() const {
  return ask_manager<std::vector<quarantined_instance>>(atoms::show_quarantined_v);
}

// -- models, specifications, time -----------------------------------------------------------------

result<std::vector<shard_summary>> instance_manager::summarise(std::uint64_t deviations) const {
  return ask_manager<std::vector<shard_summary>>(atoms::summarise_v, deviations);
}

result<std::vector<implementation_model>> instance_manager::models() const {
  return ask_manager<std::vector<implementation_model>>(atoms::show_models_v);
}

result<std::vector<model_file>> instance_manager::export_models() const {
  return ask_manager<std::vector<model_file>>(atoms::export_models_v);
}

result<void> instance_manager::adopt(const std::vector<implementation_model>& models,
                                     const std::string& operation_id) const {
  return ask_manager<void>(atoms::adopt_models_v, models, operation_id);
}

result<void> instance_manager::declare(const specification& spec,
                                       const std::string& operation_id) const {
  if (!options_.names)
    return ask_manager<void>(atoms::declare_v, to_json_text(spec), operation_id);
  return ask_manager<void>(atoms::declare_v,
                           local_specification{std::make_shared<const specification>(spec)},
                           operation_id);
}

result<std::vector<specification>> instance_manager::specifications() const {
  auto texts = ask_manager<specification_texts>(atoms::show_specifications_v);
  if (!texts)
    return tl::unexpected(texts.error());
  std::vector<specification> declared;
  for (const auto& text : texts->json) {
    auto spec = parse_specification_json(text, "the node's specification");
    if (!spec)
      return tl::unexpected(spec.error());
    declared.push_back(std::move(*spec));
  }
  return declared;
}

result<caf::strong_actor_ptr> instance_manager::find_actor(const term& name) const {
  return ask_manager<caf::strong_actor_ptr>(atoms::lookup_name_v, name);
}

result<std::vector<term>> instance_manager::keyed_nodes() const {
  return ask_manager<std::vector<term>>(atoms::show_shards_v);
}

result<void> instance_manager::expire(timestamp at) const {
  return ask_manager<void>(atoms::expire_v, point_in_time{at});
}

} // namespace lockstep
