#include "actors/fleet/keeper.hpp"

#include "actors/errors.hpp"
#include "actors/fleet/keeper_state.hpp"
#include "model/term/term_text.hpp"

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace lockstep {

fleet_keeper_actor::behavior_type keeper_state::make_behavior() {
  listen();
  take_over();
  sweep_later();
  return {
      [this](atoms::submit, const term& key, bool starts, caf::message& content,
             local_stay& on_it) {
        return submit(key, {starts, std::nullopt, std::move(content), std::move(on_it)});
      },
      [this](atoms::stop_worker, const term& key) { return stop(key); },
      [this](atoms::restart_child, const term& key) { return restart(key); },
      [this](atoms::show_parked) { return parked(); },
      [this](atoms::park, const std::string& id, const std::string& reason) { park(id, reason); },
      [this](atoms::registered, const term&, const term& key, const caf::strong_actor_ptr& actor,
             const term&) { registered(key, actor); },
      [](atoms::unregistered, const term&, const term&, const caf::actor_addr&) {},
  };
}

// -- beginning ------------------------------------------------------------------------------------

void keeper_state::listen() {
  compat::request(self, fleet->names().registry(), fleet_tree_timeout, atoms::listen_v,
                  caf::actor_cast<caf::strong_actor_ptr>(self))
      .then([] {}, [this](const caf::error& reason) { self->quit(reason); });
}

void keeper_state::take_over() {
  compat::request(self, fleet->workers(), fleet_tree_timeout, atoms::which_children_v)
      .await([this](const std::vector<child_info>& children) { take_over(children); },
             [this](const caf::error& reason) { self->quit(reason); });
}

void keeper_state::take_over(const std::vector<child_info>& children) {
  for (const auto& one : children) {
    auto& entry = workers[*one.name];
    if (one.parked) {
      entry.now = fleet_worker::phase::parked;
      entry.reason = *one.parked;
    } else if (!one.actor) {
      entry.now = fleet_worker::phase::restarting;
    } else if (fleet->seats().is_closed(*one.name)) {
      has_started(*one.name, entry, one.actor, false);
      end(*one.name, entry);
    } else {
      has_started(*one.name, entry, one.actor);
    }
  }
  for (const auto& key : fleet->seats().keys())
    if (!workers.contains(key))
      fleet->seats().vacate(key);
}

// -- messages for workers -------------------------------------------------------------------------

caf::result<void> keeper_state::submit(const term& key, waiting_message message) {
  caf::response_promise promise = self->make_response_promise();
  if (!promise.async())
    message.asked = std::move(promise);
  admit(key, std::move(message));
  return caf::delegated<void>{}; // the worker answers, if anybody
}

void keeper_state::admit(const term& key, waiting_message message) {
  auto found = workers.find(key);
  if (found == workers.end()) {
    if (!message.starts)
      return refuse(message, not_started(key));
    auto& entry = workers[key];
    entry.waiting.push_back(std::move(message));
    start(key);
  } else if (auto& entry = found->second; entry.now == fleet_worker::phase::parked) {
    refuse(message, is_parked(key, entry.reason));
  } else {
    entry.waiting.push_back(std::move(message));
    if (entry.now == fleet_worker::phase::running)
      pass_on(entry);
  }
}

void keeper_state::pass_on(fleet_worker& entry) {
  if (compat::has_ended(entry.actor))
    return; // so will be known soon
  for (auto& message : std::exchange(entry.waiting, {})) {
    if (!entry.waiting.empty()) // in their order
      entry.waiting.push_back(std::move(message));
    else if (fleet->seats().seat(message.stay()))
      pass_on(entry, message);
  }
}

void keeper_state::pass_on(fleet_worker& entry, waiting_message& message) {
  if (message.asked) {
    message.asked->delegate(caf::actor_cast<caf::actor>(entry.actor), message.content);
  } else if (!compat::try_send(entry.actor, message.content)) {
    entry.waiting.push_back(std::move(message));
    return;
  }
  fleet->seats().arrived(message.stay());
}

void keeper_state::refuse(waiting_message& message, const failure& reason) {
  if (message.asked)
    message.asked->deliver(to_error(reason));
  else
    fleet->report(reason);
}

void keeper_state::refuse_all(fleet_worker& entry, const failure& reason) {
  for (auto& message : std::exchange(entry.waiting, {}))
    refuse(message, reason);
}

// -- errors ---------------------------------------------------------------------------------------

failure keeper_state::not_started(const term& key) const {
  return fleet->failure_of(ec::not_started, key, "is not there, and nothing was to start it");
}

failure keeper_state::no_start(const term& key, const std::string& what, const failure& why) const {
  const auto code = why.code == ec::max_children ? why.code : ec::unavailable;
  if (why.code == ec::already_registered)
    return fleet->failure_of(code, key,
                             what + ": its name is still that of an actor before it; try again");
  return fleet->failure_of(code, key, what + ": " + why.message);
}

failure keeper_state::is_parked(const term& key, const std::string& why) const {
  auto reason =
      fleet->failure_of(ec::child_parked, key,
                        "is parked since it crashed too often (" + why + "); restart it by hand");
  reason.context.emplace("reason", why);
  return reason;
}

fleet_keeper_actor spawn_keeper(caf::actor_system& system,
                                std::shared_ptr<const fleet_core> fleet) {
  return compat::spawn<fleet_keeper_actor, keeper_state>(system, std::move(fleet));
}

} // namespace lockstep
