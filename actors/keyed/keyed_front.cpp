#include "actors/keyed/keyed_front.hpp"

#include "actors/keyed/keyed_front_state.hpp"
#include "model/term/term_text.hpp"

#include <caf/actor_system.hpp>

#include <algorithm>
#include <map>
#include <string_view>
#include <type_traits>
#include <utility>

namespace lockstep {

namespace {

template <class T>
std::function<void(const failure&)> refusal_of(caf::typed_response_promise<T> promise) {
  return [promise](const failure& why) mutable { promise.deliver(to_error(why)); };
}

} // namespace

keyed_front_state::keyed_front_state(keyed_shards_actor::pointer self_ptr, const keyed_home& home)
    : self(self_ptr),
      options(home.options),
      routing(home.routing),
      gates(home.gates),
      shards(self_ptr, home.options),
      keeper(find<cell_keeper_actor>(cell_keeper_name(options->node_id))),
      supervisor(find<supervisor_actor>(keyed_supervisor_name(options->node_id))),
      repair(self_ptr, home.options, supervisor,
             [this](const shard_key& key) { return child_of(key); }) {}

keyed_front_state::~keyed_front_state() { retry.dispose(); }

keyed_shards_actor::behavior_type keyed_front_state::make_behavior() {
  gates->show_in(self->home_system());
  reconcile();
  return {
      [this](atoms::start_shard, const new_shard& shard) { return start_shard(shard); },
      [this](atoms::show_shards) { return show_shards(); },
      [this](atoms::show_shards call, const shard_key& key) {
        return ask_shard<keyed_shard_contents>(key, nothing, call);
      },
      [this](atoms::reserve call, const cell_key& key, std::uint64_t height,
             const std::string& operation_id) {
        return ask_about<void>(key, change, call, key, height, operation_id);
      },
      [this](atoms::write call, const cell_key& key, const term& value, std::uint64_t height,
             const std::string& operation_id) {
        return ask_about<void>(key, change, call, key, value, height, operation_id);
      },
      [this](atoms::unreserve call, const cell_key& key, std::uint64_t height,
             const std::string& operation_id) {
        return ask_about<void>(key, change, call, key, height, operation_id);
      },
      [this](atoms::advance_watermark call, const shard_key& key, std::uint64_t height,
             const std::string& operation_id) {
        return ask_shard<std::uint64_t>(key, change, call, height, operation_id);
      },
      [this](atoms::read, const cell_query& query) { return read(query); },
      [this](atoms::await_start) { return await_start(); },
  };
}

// -- listing --------------------------------------------------------------------------------------

caf::result<keyed_shard_listing> keyed_front_state::show_shards() {
  auto promise = self->make_response_promise<keyed_shard_listing>();
  when_listed({[this, promise] { tell_listing(promise); }, refusal_of(promise)});
  return promise;
}

void keyed_front_state::tell_listing(caf::typed_response_promise<keyed_shard_listing> promise) {
  ask_supervisor(atoms::which_children_v)
      .then([this, promise](
                const std::vector<child_info>& there) mutable { promise.deliver(listing(there)); },
            [promise](const caf::error& reason) mutable {
              promise.deliver(to_error(to_failure(reason)));
            });
}

keyed_shard_listing keyed_front_state::listing(const std::vector<child_info>& there) const {
  std::map<std::string_view, const child_info*> by_id;
  for (const auto& one : there)
    by_id.emplace(one.id, &one);
  keyed_shard_listing all{options->node_id, std::string(to_string(options->strategy)), {}};
  for (const auto& key : known) {
    keyed_shard_info one;
    one.key = key;
    one.name = name_of(key);
    if (auto child = by_id.find(to_text(key)); child != by_id.end()) {
      one.running = child->second->alive;
      one.restarts = child->second->restarts;
      one.parked = child->second->parked;
    }
    all.shards.push_back(std::move(one));
  }
  return all;
}

// -- cells ----------------------------------------------------------------------------------------

template <class T, class... Ts>
caf::result<T> keyed_front_state::ask_about(const cell_key& cell, kind what, const Ts&... content) {
  auto shard = shard_of_cell(*routing, cell);
  if (!shard)
    return to_error(shard.error());
  return ask_shard<T>(*shard, what, content...);
}

template <class T, class... Ts>
caf::result<T> keyed_front_state::ask_shard(const shard_key& key, kind what, const Ts&... content) {
  return forward<T>(key, what, {}, [this, content...](const keyed_shard_actor& shard) {
    return compat::request(self, shard, caf::infinite, content...);
  });
}

caf::result<cell_reading> keyed_front_state::read(const cell_query& query) {
  auto shard = shard_of_cell(*routing, query.key);
  if (!shard)
    return to_error(shard.error());
  const auto patience = std::clamp(query.patience, duration::zero(), longest_patience);
  const auto deadline = self->clock().now() + patience;
  return forward<cell_reading>(
      *shard, look, patience, [this, query, deadline](const keyed_shard_actor& to) {
        auto left = std::chrono::duration_cast<duration>(deadline - self->clock().now());
        cell_query again{query.key, query.height, std::max(left, duration::zero())};
        return compat::request(self, to, caf::infinite, atoms::read_v, again);
      });
}

result<ticket> keyed_front_state::enter(const shard_key& key, kind what) {
  if (what == nothing)
    return ticket{};
  if (!listed)
    return gates->front()->enter();
  auto found = gates->of(key);
  return (what == look ? found.reads : found.changes)->enter();
}

template <class T, class Send>
caf::result<T> keyed_front_state::forward(const shard_key& key, kind what, duration patience,
                                          Send send) {
  if (listed && !known.contains(key))
    return to_error(not_there(key));
  auto let_in = enter(key, what);
  if (!let_in)
    return to_error(let_in.error());
  auto promise = self->make_response_promise<T>();
  auto place = std::make_shared<ticket>(std::move(*let_in));
  const auto due =
      self->clock().now() + patience + options->request_timeout + options->recovery_timeout;
  auto refuse_early = [place, promise](const failure& why) mutable {
    leave_queue(*place, &why);
    promise.deliver(to_error(why));
  };
  auto go = [this, key, due, send, place, promise, refuse_early]() mutable {
    if (!known.contains(key))
      return refuse_early(not_there(key));
    shards.ask<T>(key, due, place, send, [this, key, promise](result<T> answer) mutable {
      if (!answer)
        refuse(key, std::move(promise), answer.error());
      else if constexpr (std::is_void_v<T>)
        promise.deliver();
      else
        promise.deliver(std::move(*answer));
    });
  };
  when_listed({go, refuse_early});
  return promise;
}

failure keyed_front_state::not_there(const shard_key& key) const {
  return no_such_shard(options->node_id, options->strategy, key);
}

template <class T>
void keyed_front_state::refuse(const shard_key& key, caf::typed_response_promise<T> promise,
                               const failure& reason) {
  if (reason.code != ec::unavailable || options->names->lookup(name_of(key)))
    return promise.deliver(to_error(reason));
  ask_supervisor(atoms::which_children_v)
      .then(
          [this, key, promise, reason](const std::vector<child_info>& there) mutable {
            auto child = std::ranges::find(there, to_text(key), &child_info::id);
            const auto is_parked = child != there.end() && child->parked;
            promise.deliver(to_error(is_parked ? parked(key, *child->parked) : reason));
          },
          [promise, reason](const caf::error&) mutable { promise.deliver(to_error(reason)); });
}

failure keyed_front_state::parked(const shard_key& key, const std::string& reason) const {
  return {ec::child_parked,
          "the keyed shard " + to_text(name_of(key)) + " is parked, since it ended too often ("
              + reason + "); start it with start_shard, or with lockstep shards start",
          {{"name", name_of(key)}, {"key", to_term(key)}, {"reason", reason}}};
}

void keyed_front_state::when_listed(request what) {
  if (listed)
    what.handle();
  else
    unrouted.push_back(std::move(what));
}

keyed_shards_actor spawn_keyed_front(caf::actor_system& system, const keyed_home& home) {
  return compat::spawn<keyed_shards_actor, keyed_front_state>(system, home);
}

} // namespace lockstep
