#pragma once

#include "actors/naming/registry.hpp"
#include "actors/supervision/supervisor.hpp"
#include "test/support/world.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <caf/behavior.hpp>

namespace lockstep::test {

/// A supervisor of children that tell when they start and end.
class supervisor_world : public world {
public:
  /// `start x`, `end x`, and `fail x` for a start that failed.
  std::vector<std::string> events;
  /// What the supervisor told.
  std::vector<failure> reports;
  /// The last incarnation of each child.
  std::map<std::string, caf::strong_actor_ptr> current;
  /// So many of the next starts of a child fail.
  std::map<std::string, int> failing;
  std::shared_ptr<name_table> names = std::make_shared<name_table>();
  registry_actor registry = spawn_registry(system(), names);
  supervisor_actor supervisor;
  /// Why the supervisor has ended.
  std::optional<failure> ended;

  ~supervisor_world() {
    if (supervisor)
      stop_supervisor();
    // Stubborn children take their time, one after the other.
    for (int i = 0; i < 30; ++i)
      advance(std::chrono::seconds{5});
    kill(registry);
    run();
  }

  /// A child with its id as its name; a stubborn one ends only when it is killed.
  child_spec child(const std::string& id, bool stubborn = false) {
    child_spec spec;
    spec.id = id;
    spec.name = term{id};
    spec.start = [this, id, stubborn](caf::actor_system& sys) -> result<caf::strong_actor_ptr> {
      if (failing[id] > 0) {
        --failing[id];
        events.push_back("fail " + id);
        return fail(ec::store_failure, "disk full");
      }
      events.push_back("start " + id);
      auto actor = sys.spawn([stubborn](caf::event_based_actor* self) -> caf::behavior {
        if (stubborn)
          compat::on_exit_request(self, [](const caf::error&) {});
        // Ends as a message says.
        return {[self](caf::exit_reason reason) { self->quit(reason); }};
      });
      actor->attach_functor([this, id](const caf::error&) { events.push_back("end " + id); });
      current[id] = caf::actor_cast<caf::strong_actor_ptr>(actor);
      return current[id];
    };
    return spec;
  }

  child_spec child(const std::string& id, restart_type restart) {
    auto spec = child(id);
    spec.restart = restart;
    return spec;
  }

  void supervise(std::vector<child_spec> children,
                 restart_strategy strategy = restart_strategy::one_for_one) {
    supervisor_options options;
    options.strategy = strategy;
    supervise(std::move(options), std::move(children));
  }

  void supervise(supervisor_options options, std::vector<child_spec> children = {}) {
    options.id = "test";
    options.names = names;
    options.report = [this](const failure& what) { reports.push_back(what); };
    supervisor = spawn_supervisor(system(), options, std::move(children));
    supervisor->attach_functor([this](const caf::error& reason) { ended = to_failure(reason); });
    run();
  }

  void stop_supervisor() {
    compat::ask_to_exit(caf::actor_cast<caf::strong_actor_ptr>(supervisor),
                        caf::exit_reason::user_shutdown);
    run();
  }

  void crash(const std::string& id) {
    kill(current.at(id));
    run();
  }

  /// Lets a child end by itself.
  void end(const std::string& id, caf::exit_reason reason = caf::exit_reason::normal) {
    compat::anon_send(caf::actor_cast<caf::actor>(current.at(id)), reason);
    run();
  }

  // -- requests -----------------------------------------------------------------------------------

  static local_child local(child_spec spec) {
    return {std::make_shared<const child_spec>(std::move(spec))};
  }
  auto start_child_later(child_spec spec) {
    return ask_later<caf::strong_actor_ptr>(supervisor, atoms::start_child_v,
                                            local(std::move(spec)));
  }
  auto terminate_later(const std::string& id) {
    return ask_later<void>(supervisor, atoms::terminate_child_v, id);
  }
  auto restart_later(const std::string& id) {
    return ask_later<caf::strong_actor_ptr>(supervisor, atoms::restart_child_v, id);
  }
  auto delete_later(const std::string& id) {
    return ask_later<void>(supervisor, atoms::delete_child_v, id);
  }
  auto start_child(child_spec spec) { return at_once(start_child_later(std::move(spec))); }
  auto terminate(const std::string& id) { return at_once(terminate_later(id)); }
  auto restart(const std::string& id) { return at_once(restart_later(id)); }
  auto remove(const std::string& id) { return at_once(delete_later(id)); }

  std::vector<child_info> listing() {
    auto children = ask<std::vector<child_info>>(supervisor, atoms::which_children_v);
    REQUIRE(children);
    return *children;
  }
  child_counts counts() {
    auto counted = ask<child_counts>(supervisor, atoms::count_children_v);
    REQUIRE(counted);
    return *counted;
  }

private:
  template <class T>
  result<T> at_once(const future_answer<T>& answer) {
    run();
    REQUIRE(answer->has_value());
    return std::move(**answer);
  }
};

} // namespace lockstep::test
