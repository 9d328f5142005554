/// How the workers of a fleet start, crash and end.

#include "actors/errors.hpp"
#include "actors/fleet/keeper_state.hpp"
#include "model/term/term_text.hpp"

#include <caf/actor_cast.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

namespace lockstep {

// -- starting -------------------------------------------------------------------------------------

void keeper_state::start(const term& key, bool again) {
  auto& entry = workers[key];
  entry.now = fleet_worker::phase::starting;
  entry.life = ++last_life;
  compat::request(self, fleet->workers(), fleet_tree_timeout, atoms::start_child_v,
                  fleet->child_of(key))
      .then([this, key](const caf::strong_actor_ptr& actor) { started(key, actor); },
            [this, key, again](const caf::error& reason) {
              auto why = to_failure(reason);
              if (!again && why.code == ec::already_started)
                make_room(key);
              else
                start_failed(key, why);
            });
}

void keeper_state::make_room(const term& key) {
  terminate(key, [this](const term& free) { start(free, true); });
}

void keeper_state::terminate(const term& key, std::function<void(const term&)> done) {
  auto next = [this, key, life = workers[key].life, done = std::move(done)] {
    if (auto found = workers.find(key); found != workers.end() && found->second.life == life)
      done(key);
  };
  compat::request(self, fleet->workers(), fleet_tree_timeout + fleet->options().shutdown,
                  atoms::terminate_child_v, to_text(key))
      .then(next, [next](const caf::error&) { next(); });
}

void keeper_state::started(const term& key, const caf::strong_actor_ptr& actor) {
  if (auto found = workers.find(key);
      found != workers.end() && found->second.now == fleet_worker::phase::starting)
    has_started(key, found->second, actor);
}

void keeper_state::registered(const term& key, const caf::strong_actor_ptr& actor) {
  auto [found, is_new] = workers.try_emplace(key);
  auto& entry = found->second;
  if (is_new)
    entry.now = fleet_worker::phase::restarting;
  if (entry.now != fleet_worker::phase::starting && entry.actor != actor)
    has_started(key, entry, actor);
}

void keeper_state::has_started(const term& key, fleet_worker& entry,
                               const caf::strong_actor_ptr& actor, bool open) {
  entry.now = fleet_worker::phase::running;
  entry.actor = actor;
  keys[caf::actor_cast<caf::actor_addr>(actor)] = key;
  pass_on(entry);
  if (open)
    fleet->seats().open(key);
  if (!entry.stops.empty())
    end(key, entry);
  // At last: it may have ended already, and then this tells at once.
  compat::watch(self, actor,
                [this](const caf::actor_addr& who, const caf::error& why) { ended(who, why); });
}

void keeper_state::start_failed(const term& key, const failure& reason) {
  auto& entry = workers[key];
  refuse_all(entry, no_start(key, "did not start", reason));
  gone(key);
}

// -- ending ---------------------------------------------------------------------------------------

void keeper_state::ended(const caf::actor_addr& who, const caf::error& why) {
  auto known = keys.extract(who);
  if (!known)
    return;
  const auto key = known.mapped();
  auto found = workers.find(key);
  if (found == workers.end() || found->second.actor != who)
    return; // another one has its place already
  found->second.actor = nullptr;
  found->second.kill_timer.dispose();
  if (!why || why == caf::exit_reason::user_shutdown)
    return gone(key);
  found->second.now = fleet_worker::phase::restarting;
  fleet->seats().vacate(key);
}

void keeper_state::gone(const term& key) {
  fleet->seats().vacate(key);
  auto& entry = workers[key];
  entry.actor = nullptr;
  for (auto& asked : std::exchange(entry.stops, {}))
    asked.deliver();
  for (auto& message : std::exchange(entry.waiting, {}))
    if (message.starts)
      entry.waiting.push_back(std::move(message));
    else
      refuse(message, not_started(key));
  if (entry.waiting.empty())
    workers.erase(key);
  else
    start(key);
}

void keeper_state::end(const term& key, fleet_worker& entry) {
  entry.now = fleet_worker::phase::ending;
  fleet->seats().close(key);
  compat::ask_to_exit_in_turn(entry.actor, caf::exit_reason::user_shutdown);
  entry.kill_timer =
      self->run_delayed(fleet->options().shutdown, [this, key, actor = entry.actor->address()] {
        auto found = workers.find(key);
        if (found != workers.end() && found->second.now == fleet_worker::phase::ending
            && found->second.actor == actor)
          end_at_once(key);
      });
}

caf::result<void> keeper_state::stop(const term& key) {
  auto found = workers.find(key);
  if (found == workers.end())
    return to_error(not_started(key));
  auto promise = self->make_response_promise<void>();
  auto& entry = found->second;
  entry.stops.push_back(promise);
  if (entry.now == fleet_worker::phase::parked) {
    terminate(key, [this](const term& stopped) { gone(stopped); });
    return promise;
  }
  if (entry.now == fleet_worker::phase::running) {
    end(key, entry);
  } else if (entry.now != fleet_worker::phase::ending) {
    // It ends once it runs, but that may take long.
    self->run_delayed(fleet->options().shutdown, [this, key, life = entry.life] {
      auto late = workers.find(key);
      if (late != workers.end() && late->second.life == life && !late->second.stops.empty())
        end_at_once(key);
    });
  }
  return promise;
}

void keeper_state::end_at_once(const term& key) {
  terminate(key, [this](const term& stopped) { gone(stopped); });
}

// -- idle workers ---------------------------------------------------------------------------------

void keeper_state::sweep_later() {
  if (const auto& idle = fleet->options().idle_timeout)
    self->run_delayed(std::max<duration>(*idle / 4, std::chrono::milliseconds{1}), [this] {
      sweep();
      sweep_later();
    });
}

void keeper_state::sweep() {
  for (const auto& key : fleet->seats().close_idle(*fleet->options().idle_timeout)) {
    auto found = workers.find(key);
    if (found != workers.end() && found->second.now == fleet_worker::phase::running)
      end(key, found->second);
    else
      fleet->seats().vacate(key);
  }
}

// -- parked workers -------------------------------------------------------------------------------

void keeper_state::park(const std::string& id, const std::string& reason) {
  auto key = parse_term(id);
  auto found = key ? workers.find(*key) : workers.end();
  if (found == workers.end() || found->second.now == fleet_worker::phase::starting)
    return;
  auto& entry = found->second;
  entry.now = fleet_worker::phase::parked;
  entry.actor = nullptr;
  entry.reason = reason;
  fleet->seats().vacate(*key);
  refuse_all(entry, is_parked(*key, reason));
  if (!entry.stops.empty())
    terminate(*key, [this](const term& stopped) { gone(stopped); });
}

std::vector<child_info> keeper_state::parked() const {
  std::vector<child_info> all;
  for (const auto& [key, entry] : workers)
    if (entry.now == fleet_worker::phase::parked) {
      child_info one;
      one.id = to_text(key);
      one.name = key;
      one.parked = entry.reason;
      all.push_back(std::move(one));
    }
  std::ranges::sort(all, {}, &child_info::name);
  return all;
}

caf::result<void> keeper_state::restart(const term& key) {
  auto found = workers.find(key);
  if (found == workers.end() || found->second.now != fleet_worker::phase::parked)
    return to_error(fleet->failure_of(ec::child_not_found, key, "is not parked"));
  auto promise = self->make_response_promise<void>();
  auto& entry = found->second;
  entry.now = fleet_worker::phase::starting;
  entry.life = ++last_life;
  compat::request(self, fleet->workers(), fleet_tree_timeout, atoms::restart_child_v, to_text(key))
      .then(
          [this, key, promise](const caf::strong_actor_ptr& actor) mutable {
            started(key, actor);
            promise.deliver();
          },
          [this, key, promise](const caf::error& reason) mutable {
            promise.deliver(to_error(stays_parked(key, to_failure(reason))));
          });
  return promise;
}

failure keeper_state::stays_parked(const term& key, const failure& why) {
  auto& entry = workers[key];
  auto reason = no_start(key, "did not start and stays parked", why);
  entry.now = fleet_worker::phase::parked;
  entry.reason = why.message;
  refuse_all(entry, is_parked(key, entry.reason));
  return reason;
}

} // namespace lockstep
