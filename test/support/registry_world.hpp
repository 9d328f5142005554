#pragma once

#include "actors/naming/registry.hpp"
#include "model/term/term_text.hpp"
#include "test/support/world.hpp"

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <caf/behavior.hpp>

namespace lockstep::test {

/// How an actor may end.
enum class end { normal, crash, kill };

/// A registry and actors that have nothing to do but to be named and to end.
struct registry_world : world {
  std::shared_ptr<name_table> names = std::make_shared<name_table>();
  registry_options options;
  registry_actor registry;

  explicit registry_world(registry_options given = {}) : options(std::move(given)) { restart(); }

  registry_world(const registry_world&) = delete;
  registry_world& operator=(const registry_world&) = delete;

  ~registry_world() {
    for (const auto& one : workers_)
      kill(one);
    kill(registry);
    run();
  }

  /// Ends the registry, if there is one, and starts another one on the same table.
  void restart() {
    if (registry)
      kill(std::exchange(registry, nullptr));
    run();
    registry = spawn_registry(system(), names, options);
    run();
  }

  /// An actor that answers a number with the next one, and ends when it is told to.
  caf::strong_actor_ptr spawn_worker() {
    auto worker = system().spawn([](caf::event_based_actor* self) -> caf::behavior {
      return {
          [](int number) { return number + 1; },
          [self](atoms::expire) { self->quit(); },
          [](atoms::check) { throw std::runtime_error{"crashed on purpose"}; },
      };
    });
    workers_.push_back(caf::actor_cast<caf::strong_actor_ptr>(worker));
    return workers_.back();
  }

  /// Has an actor end when the world runs.
  void end_later(const caf::strong_actor_ptr& worker, end how) {
    const auto handle = caf::actor_cast<caf::actor>(worker);
    if (how == end::normal)
      compat::anon_send(handle, atoms::expire_v);
    else if (how == end::crash)
      compat::anon_send(handle, atoms::check_v);
    else
      kill(worker);
  }

  void end_now(const caf::strong_actor_ptr& worker, end how = end::kill) {
    end_later(worker, how);
    run();
  }

  result<std::uint64_t> give(const term& key, const caf::strong_actor_ptr& actor,
                             const term& value = {}) {
    return ask<std::uint64_t>(registry, atoms::register_name_v, key, actor, value);
  }

  result<std::uint64_t> take(const term& key, const caf::strong_actor_ptr& actor) {
    return ask<std::uint64_t>(registry, atoms::unregister_name_v, key, actor);
  }

  result<std::uint64_t> update(const term& key, const caf::strong_actor_ptr& actor,
                               const term& value) {
    return ask<std::uint64_t>(registry, atoms::update_value_v, key, actor, value);
  }

  /// Starts an actor that writes down what it hears of the registry.
  caf::strong_actor_ptr spawn_listener(std::shared_ptr<std::vector<std::string>> heard) {
    auto listener = system().spawn([heard](caf::event_based_actor*) -> caf::behavior {
      return {
          [heard](atoms::registered, const term& id, const term& key,
                  const caf::strong_actor_ptr& actor, const term& value) {
            heard->push_back("+" + to_text(id) + to_text(key) + "@" + std::to_string(actor->id())
                             + "=" + to_text(value));
          },
          [heard](atoms::unregistered, const term& id, const term& key,
                  const caf::actor_addr& actor) {
            heard->push_back("-" + to_text(id) + to_text(key) + "@" + std::to_string(actor.id()));
          },
      };
    });
    workers_.push_back(caf::actor_cast<caf::strong_actor_ptr>(listener));
    return workers_.back();
  }

private:
  /// All that were started.
  std::vector<caf::strong_actor_ptr> workers_;
};

} // namespace lockstep::test
