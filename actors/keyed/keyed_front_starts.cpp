/// How the front of keyed shards makes the shards that run those of the key map, and adds new ones.

#include "actors/keyed/keyed_front_state.hpp"
#include "actors/keyed/keyed_shard.hpp"
#include "actors/supervision/supervisor.hpp"
#include "actors/write_down.hpp"
#include "model/term/term_text.hpp"

#include <caf/actor_system.hpp>

#include <chrono>
#include <utility>

namespace lockstep {

namespace {

/// Pause before shards that do not run as they should are looked at again.
constexpr auto retry_pause = std::chrono::seconds{1};

failure may_not_grow(const keyed_shards_options& options) {
  return {ec::invalid_argument,
          "with the strategy " + std::string(to_string(options.strategy)) + " the shards of "
              + to_text(options.node_id)
              + " are those of its schema; with others, cells would no longer be found",
          {{"node_id", options.node_id}}};
}

failure there_already(const term& name) {
  return {ec::already_started,
          "the keyed shard " + to_text(name) + " is there already; use it",
          {{"name", name}}};
}

failure not_written(const term& name, const shard_key& key, const failure& reason) {
  return {ec::key_map_update_failed,
          "the keyed shard " + to_text(name)
              + " was stopped again, since it could not be written to the key map: "
              + reason.message,
          {{"name", name},
           {"key", to_term(key)},
           {"reason", term{std::string(to_string(reason.code))}}}};
}

} // namespace

// -- the key map and the shards that run ----------------------------------------------------------

void keyed_front_state::reconcile() {
  settled = false;
  if (!starting.empty())
    return; // the last one of them comes back here
  ask_keeper(atoms::show_shards_v)
      .then([this](const key_map& map) { compare_with(map); },
            [this](const caf::error& reason) { not_listed(reason); });
}

void keyed_front_state::not_listed(const caf::error& reason) {
  const auto why = to_failure(reason);
  // Else this actor ends soon, and what waits comes back to its senders.
  if (!receiver_has_gone(reason))
    for (auto& one : std::exchange(unrouted, {}))
      one.refuse(why);
  settle(why);
}

void keyed_front_state::compare_with(const key_map& map) {
  known.clear();
  for (const auto& one : map.shards)
    known.insert(one.key);
  listed = true;
  for (auto& one : std::exchange(unrouted, {}))
    one.handle();
  repair.run(known, [this](const std::optional<failure>& error) { settle(error); });
}

void keyed_front_state::settle(std::optional<failure> error) {
  settled = true;
  problem = std::move(error);
  if (problem) {
    report(*problem);
    retry.dispose();
    retry = self->run_delayed(retry_pause, [this] { reconcile_unless_busy(); });
  }
  for (auto& promise : std::exchange(awaiting, {}))
    tell_start(std::move(promise));
  for (auto& start : std::exchange(postponed, {}))
    start();
}

void keyed_front_state::report(const failure& what) const { write_down(options->report, what); }

void keyed_front_state::reconcile_unless_busy() {
  if (settled)
    reconcile();
}

caf::result<void> keyed_front_state::await_start() {
  auto promise = self->make_response_promise<void>();
  if (settled)
    tell_start(promise);
  else
    awaiting.push_back(promise);
  return promise;
}

void keyed_front_state::tell_start(caf::typed_response_promise<void> promise) const {
  problem ? promise.deliver(to_error(*problem)) : promise.deliver();
}

shard_gates keyed_front_state::gates_of(const shard_key& key) const {
  auto found = gates->of(key);
  found.let_in_by = [names = options->names, front = keyed_shards_name(options->node_id)](
                        const caf::strong_actor_ptr& sender) {
    return sender && sender == names->lookup(front);
  };
  return found;
}

std::shared_ptr<const child_spec> keyed_front_state::child_of(const shard_key& key) const {
  child_spec spec;
  spec.id = to_text(key);
  spec.start =
      [key, names = options->names, by = cell_keeper_name(options->node_id), how = options->cells,
       through = gates_of(key)](caf::actor_system& system) -> result<caf::strong_actor_ptr> {
    auto found = names->lookup(by);
    if (!found)
      return fail(ec::unavailable, to_text(by) + " is not running");
    return caf::actor_cast<caf::strong_actor_ptr>(
        spawn_keyed_shard(system, key, caf::actor_cast<cell_keeper_actor>(found), how, through));
  };
  spec.name = name_of(key);
  spec.budget = options->shard_budget;
  return std::make_shared<const child_spec>(std::move(spec));
}

// -- adding a shard -------------------------------------------------------------------------------

caf::result<term> keyed_front_state::start_shard(const new_shard& shard) {
  auto promise = self->make_response_promise<term>();
  start_shard(shard, promise);
  return promise;
}

void keyed_front_state::start_shard(const new_shard& shard, start_promise asked) {
  if (!shards_may_grow(options->strategy))
    return asked.deliver(to_error(may_not_grow(*options)));
  auto again = [this, shard, asked] { start_shard(shard, asked); };
  if (!settled)
    return postponed.push_back(again);
  if (auto same = starting.find(shard.key); same != starting.end())
    return same->second.push_back(again);
  if (known.contains(shard.key))
    return start_again(shard, asked);
  starting[shard.key];
  ask_supervisor(atoms::start_child_v, local_child{child_of(shard.key)})
      .then([this, shard, asked](const caf::strong_actor_ptr&) { write(shard, asked); },
            [this, shard, asked](const caf::error& reason) {
              auto why = to_failure(reason);
              // Without an answer, it may be started all the same.
              if (why.code == ec::unavailable)
                take_back(shard.key, asked, why);
              else
                end_start(shard.key, asked, why);
            });
}

void keyed_front_state::start_again(const new_shard& shard, start_promise asked) {
  const auto& key = shard.key;
  if (shard.operation_id.empty())
    return start_parked(key, there_already(name_of(key)), asked);
  ask_keeper(atoms::start_shard_v, shard)
      .then([this, key, asked] { start_parked(key, std::nullopt, asked); },
            [this, key, asked](const caf::error& reason) mutable {
              auto why = to_failure(reason);
              if (why.code == ec::already_started)
                start_parked(key, there_already(name_of(key)), asked);
              else
                asked.deliver(to_error(why));
            });
}

void keyed_front_state::start_parked(const shard_key& key, const std::optional<failure>& if_it_runs,
                                     start_promise asked) {
  ask_supervisor(atoms::restart_child_v, to_text(key))
      .then(
          [this, key, asked](const caf::strong_actor_ptr&) mutable { asked.deliver(name_of(key)); },
          [this, key, if_it_runs, asked](const caf::error& reason) mutable {
            const auto why = to_failure(reason);
            if (why.code != ec::already_started && why.code != ec::child_not_found)
              asked.deliver(to_error(why));
            else if (if_it_runs)
              asked.deliver(to_error(*if_it_runs));
            else
              asked.deliver(name_of(key));
          });
}

void keyed_front_state::write(const new_shard& shard, const start_promise& asked) {
  ask_keeper(atoms::start_shard_v, shard)
      .then(
          [this, key = shard.key, asked] {
            known.insert(key);
            end_start(key, asked, std::nullopt);
          },
          [this, key = shard.key, asked](const caf::error& reason) {
            take_back(key, asked, to_failure(reason));
          });
}

void keyed_front_state::take_back(const shard_key& key, const start_promise& asked,
                                  const failure& reason) {
  auto ended = [this, key, asked, reason] {
    reconcile_unless_busy(); // the key map may have it after all
    end_start(key, asked,
              reason.code == ec::unavailable ? reason : not_written(name_of(key), key, reason));
  };
  ask_supervisor(atoms::terminate_child_v, to_text(key)).then(ended, [ended](const caf::error&) {
    ended();
  });
}

void keyed_front_state::end_start(const shard_key& key, start_promise asked,
                                  const std::optional<failure>& error) {
  auto others = starting.extract(key);
  error ? asked.deliver(to_error(*error)) : asked.deliver(name_of(key));
  if (!settled && starting.empty())
    reconcile();
  for (auto& again : others.mapped())
    again();
}

} // namespace lockstep
