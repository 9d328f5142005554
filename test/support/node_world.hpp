#pragma once

#include "actors/instance_manager_actor.hpp"
#include "actors/naming/registry.hpp"
#include "actors/quarantine.hpp"
#include "actors/shard_child.hpp"
#include "actors/supervision/supervisor.hpp"
#include "model/routing/router.hpp"
#include "test/support/hazardous_store.hpp"
#include "test/support/shard_world.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lockstep::test {

/// A node's shards, their supervisor and the instance manager, on stores that throw when they are
/// told to; `stop` and `start` are the end and a new start of the process.
class node_world : public shard_world {
public:
  static constexpr std::uint32_t shards = 3;

  std::shared_ptr<hazards> dangers = std::make_shared<hazards>();
  /// Of the shards' supervisor.
  std::size_t max_restarts = 3;
  crash_count rule;
  /// Shards look for questions before they apply a request. None of them is large here.
  bool with_checks = false;
  /// Of each shard; nothing: its restarts count for the supervisor.
  std::optional<restart_budget> budget;
  /// Stores can be opened; else why they cannot.
  bool stores_open = true;
  ec why_closed = ec::store_failure;
  /// Why the supervisor ended.
  std::optional<failure> ended;
  instance_manager_actor manager;

  explicit node_world(std::size_t most_restarts = 3, crash_count crashes = crash_count{})
      : max_restarts(most_restarts), rule(std::move(crashes)) {
    start();
  }
  ~node_world() { stop(); }

  void start() {
    ended.reset();
    names_ = std::make_shared<name_table>();
    registry_ = spawn_registry(system(), names_);
    run();
    std::vector<child_spec> children;
    for (std::uint32_t index = 1; index <= shards; ++index) {
      shard_start how;
      how.index = index;
      how.open_store = [this, index]() -> result<std::unique_ptr<instance_store>> {
        if (!stores_open)
          return fail(why_closed, "the disk is away");
        return std::make_unique<hazardous_store>(store(index), dangers);
      };
      how.open_books = [this, index](std::unique_ptr<instance_store> opened) -> result<ledger> {
        return books(index, std::move(opened));
      };
      how.options = fitting();
      if (with_checks)
        how.options.find_checker = [] { return checker_actor{}; };
      how.options.suspects = std::make_shared<quarantine>(rule);
      children.push_back(shard_child(std::move(how)));
      children.back().budget = budget;
    }
    supervisor_options supervision;
    supervision.id = "shards";
    supervision.names = names_;
    supervision.max_restarts = max_restarts;
    supervision.report = [this](const failure& what) { restarts.push_back(what.message); };
    supervisor_ = spawn_supervisor(system(), std::move(supervision), std::move(children));
    supervisor_->attach_functor([this](const caf::error& why) { ended = to_failure(why); });
    run();
    (void)ask<std::uint64_t>(registry_, atoms::register_name_v, shard_supervisor_name(),
                             caf::actor_cast<caf::strong_actor_ptr>(supervisor_));
    routing_options routing;
    routing.names = names_;
    routing.distribution_factor = shards;
    manager = spawn_instance_manager(system(), std::move(routing));
    run();
  }

  void stop() {
    compat::ask_to_exit(caf::actor_cast<caf::strong_actor_ptr>(supervisor_),
                        caf::exit_reason::user_shutdown);
    kill(manager);
    run();
    kill(registry_);
    run();
  }

  caf::strong_actor_ptr shard(std::uint32_t index) { return names_->lookup(shard_name(index)); }
  static std::uint32_t home_of(const term& identifier) { return modulo_shard(identifier, shards); }

  /// Another instance in the same shard.
  static term neighbour_of(const term& identifier, int from = 0) {
    for (int i = from;; ++i)
      if (term found = "order-" + std::to_string(i); home_of(found) == home_of(identifier))
        return found;
  }

  auto init(const term& identifier) {
    return ask<receipt>(manager, atoms::initialise_v, initialisation_of(identifier));
  }
  auto pay(const term& identifier) {
    return ask<receipt>(manager, atoms::step_v, step_of(identifier, "pay", "paid"));
  }
  auto get(const term& identifier) { return ask<instance>(manager, atoms::get_v, identifier); }
  auto quarantined() {
    return ask<std::vector<quarantined_instance>>(manager, atoms::show_quarantined_v);
  }
  auto release(const term& identifier) {
    return ask<bool>(manager, atoms::release_v, identifier, std::string{});
  }

  /// What the supervisor told.
  std::vector<std::string> restarts;

private:
  std::shared_ptr<name_table> names_;
  registry_actor registry_;
  supervisor_actor supervisor_;
};

} // namespace lockstep::test
