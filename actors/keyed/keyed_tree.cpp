#include "actors/keyed/keyed_tree.hpp"

#include "actors/caf_compat.hpp"
#include "actors/errors.hpp"
#include "actors/keyed/cell_keeper.hpp"
#include "actors/keyed/keyed_front.hpp"
#include "model/term/term_text.hpp"

#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lockstep {

namespace {

/// How long it may take until all shards of a key map run.
constexpr auto start_timeout = std::chrono::minutes{2};

supervisor_options supervision(const keyed_shards_options& options, std::string id) {
  supervisor_options how;
  how.id = std::move(id);
  how.max_restarts = options.max_restarts;
  how.max_seconds = options.max_seconds;
  how.names = options.names;
  how.report = options.report;
  return how;
}

child_spec keeper_child(const keyed_home& home) {
  child_spec spec;
  spec.id = "keeper";
  spec.name = cell_keeper_name(home.options->node_id);
  spec.start = [home](caf::actor_system& system) -> result<caf::strong_actor_ptr> {
    auto store = home.open_store();
    // Not free yet: it waits for that, and so does not count as one that fails to start.
    if (!store && store.error().code != ec::unavailable)
      return tl::unexpected(store.error());
    cell_keeper_options how;
    how.where = home.options->keeper;
    how.max_batch = home.options->max_batch;
    how.open = home.open_store;
    return caf::actor_cast<caf::strong_actor_ptr>(
        spawn_cell_keeper(system, store ? std::move(*store) : nullptr, std::move(how)));
  };
  return spec;
}

child_spec shards_child(const keyed_home& home) {
  child_spec spec;
  spec.id = "shards";
  spec.kind = child_kind::supervisor;
  spec.shutdown = std::nullopt;
  spec.name = keyed_supervisor_name(home.options->node_id);
  spec.start = [home](caf::actor_system& system) -> result<caf::strong_actor_ptr> {
    auto how = supervision(*home.options, "keyed shards of " + to_text(home.options->node_id));
    how.forget_ended = true;
    return caf::actor_cast<caf::strong_actor_ptr>(spawn_supervisor(system, std::move(how), {}));
  };
  return spec;
}

child_spec front_child(const keyed_home& home) {
  child_spec spec;
  spec.id = "front";
  spec.name = keyed_shards_name(home.options->node_id);
  spec.start = [home](caf::actor_system& system) -> result<caf::strong_actor_ptr> {
    return caf::actor_cast<caf::strong_actor_ptr>(spawn_keyed_front(system, home));
  };
  return spec;
}

supervisor_actor spawn_tree(caf::actor_system& system, const keyed_home& home) {
  auto how = supervision(*home.options, "tree of " + to_text(home.options->node_id));
  how.strategy = restart_strategy::rest_for_one;
  how.where = home.options->keeper; // whose start opens the store
  return spawn_supervisor(system, std::move(how),
                          {keeper_child(home), shards_child(home), front_child(home)});
}

struct keyed_start_state {
  static constexpr const char* name = "lockstep.keyed_start";

  keyed_start_state(keyed_start_actor::pointer self_ptr, keyed_home given)
      : self(self_ptr), home(std::move(given)) {}

  /// Nobody else knows of the tree before it is handed over.
  ~keyed_start_state() {
    if (tree)
      compat::ask_to_exit(caf::actor_cast<caf::strong_actor_ptr>(tree), caf::exit_reason::kill);
  }

  keyed_start_actor::behavior_type make_behavior() {
    return {[this](atoms::start_shard) { return start(); }};
  }

  caf::result<caf::strong_actor_ptr> start() {
    asked = self->make_response_promise<caf::strong_actor_ptr>();
    tree = spawn_tree(self->home_system(), home);
    compat::watch(self, tree,
                  [this](const caf::actor_addr&, const caf::error& why) { ended(why); });
    look_for_front({});
    return asked;
  }

  /// @param gone The front that is not to be found again.
  void look_for_front(const caf::actor_addr& gone) {
    compat::request(self, home.options->names->registry(), start_timeout, atoms::await_name_v,
                    keyed_shards_name(home.options->node_id), gone)
        .then([this](const caf::strong_actor_ptr& front) { wait_for(front); },
              [this](const caf::error& reason) { give_up(to_failure(reason)); });
  }

  void wait_for(const caf::strong_actor_ptr& front) {
    compat::request(self, caf::actor_cast<keyed_shards_actor>(front), start_timeout,
                    atoms::await_start_v)
        .then([this] { succeed(); },
              [this, address = caf::actor_cast<caf::actor_addr>(front)](const caf::error& reason) {
                if (receiver_has_gone(reason))
                  look_for_front(address);
                else
                  give_up(to_failure(reason));
              });
  }

  void succeed() {
    if (problem || !asked.pending())
      return;
    asked.deliver(caf::actor_cast<caf::strong_actor_ptr>(std::exchange(tree, nullptr)));
    self->quit();
  }

  /// Answers when everything has ended.
  void give_up(failure reason) {
    if (problem || !asked.pending())
      return;
    problem = std::move(reason);
    compat::ask_to_exit(caf::actor_cast<caf::strong_actor_ptr>(tree),
                        caf::exit_reason::user_shutdown);
  }

  void ended(const caf::error& why) {
    asked.deliver(to_error(problem ? *problem : to_failure(why)));
    self->quit();
  }

  keyed_start_actor::pointer self;
  keyed_home home;
  caf::typed_response_promise<caf::strong_actor_ptr> asked;
  supervisor_actor tree;
  std::optional<failure> problem;
};

} // namespace

child_spec keyed_tree_child(const keyed_home& home) {
  child_spec spec;
  spec.id = "keyed shards of " + to_text(home.options->node_id);
  spec.kind = child_kind::supervisor;
  spec.shutdown = std::nullopt;
  spec.budget = restart_budget{home.options->max_restarts, home.options->max_seconds};
  spec.start = [home](caf::actor_system& system) -> result<caf::strong_actor_ptr> {
    return caf::actor_cast<caf::strong_actor_ptr>(spawn_tree(system, home));
  };
  return spec;
}

keyed_start_actor spawn_keyed_start(caf::actor_system& system, keyed_home home) {
  return compat::spawn<keyed_start_actor, keyed_start_state>(system, std::move(home));
}

} // namespace lockstep
