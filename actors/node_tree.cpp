#include "actors/node_tree.hpp"

#include "actors/caf_compat.hpp"
#include "actors/checker.hpp"
#include "actors/keyed/keyed_tree.hpp"
#include "actors/listening.hpp"
#include "actors/naming/registry.hpp"
#include "actors/shard_child.hpp"
#include "persistence/cells/listed_cell_store.hpp"
#include "persistence/cells/memory_cell_store.hpp"

#include <caf/actor_system.hpp>
#include <caf/io/middleman.hpp>

#include <chrono>
#include <utility>

namespace lockstep {

namespace {

/// For reports of the tree itself.
std::function<void(const failure&)> tree_report(const report_sink& report) {
  if (!report)
    return {};
  return [report](const failure& what) { report(what, severity::error); };
}

shard_start start_of(const std::shared_ptr<const node_options>& options,
                     const routing_options& routing, std::uint32_t index, const shard_home& home) {
  shard_start how;
  how.index = index;
  how.open_store = [store = home.store] { return store->open(); };
  how.open_books = [options, declared = routing.declared,
                    index](std::unique_ptr<instance_store> opened) {
    ledger_options book_options;
    book_options.shard_name = shard_display_name(index);
    book_options.keep_learned_models = options->keep_learned_models;
    book_options.learn = options->learn;
    book_options.max_resident_instances =
        options->max_resident_instances / options->distribution_factor;
    book_options.operation_retention = options->operation_retention;
    book_options.policy = options->policy;
    return ledger::open(std::move(opened), declared->over(*options->specifications),
                        options->models, std::move(book_options));
  };
  how.options = options->shards;
  how.options.suspects = home.suspects;
  how.options.gate = (*routing.gates)[index - 1];
  return how;
}

/// A supervisor of those children as a child of the root.
child_spec supervisor_child(const std::string& id, std::vector<child_spec> children,
                            const std::shared_ptr<const node_options>& options,
                            const std::shared_ptr<name_table>& names,
                            placement where = placement::scheduler) {
  child_spec spec;
  spec.id = id;
  spec.kind = child_kind::supervisor;
  // If it were killed it would leave behind children that still write.
  spec.shutdown = std::nullopt;
  spec.start = [=](caf::actor_system& system) -> result<caf::strong_actor_ptr> {
    auto how = supervision(*options, id, names);
    how.where = where;
    return caf::actor_cast<caf::strong_actor_ptr>(
        spawn_supervisor(system, std::move(how), children));
  };
  return spec;
}

/// Listens on the port for the actor; a port that an earlier incarnation had is asked for again.
result<void> publish_actor(caf::actor_system& system, const instance_manager_actor& actor,
                           const publication& where, std::atomic<std::uint16_t>& port) {
  auto& middleman = system.middleman();
  auto wanted = port.load() == 0 ? where.port : port.load();
  if (port.load() != 0)
    (void)middleman.unpublish(actor, port.load());
  auto published = middleman.publish(actor, wanted, where.address.c_str(), true);
  if (!published)
    return cannot_listen(where.address, wanted, caf::to_string(published.error()));
  port = *published;
  return {};
}

} // namespace

supervisor_options supervision(const node_options& options, std::string id,
                               const std::shared_ptr<name_table>& names) {
  supervisor_options how;
  how.id = std::move(id);
  how.max_restarts = options.max_restarts;
  how.max_seconds = options.max_seconds;
  how.names = names;
  how.report = tree_report(options.shards.report);
  return how;
}

child_spec registry_child(const std::shared_ptr<name_table>& names) {
  return {"registry",
          [names](caf::actor_system& system) -> result<caf::strong_actor_ptr> {
            return caf::actor_cast<caf::strong_actor_ptr>(spawn_registry(system, names));
          },
          std::nullopt};
}

child_spec checks_child(const std::shared_ptr<const node_options>& options,
                        const std::shared_ptr<name_table>& names) {
  auto checker =
      [where = options->shards.where](caf::actor_system& system) -> result<caf::strong_actor_ptr> {
    return caf::actor_cast<caf::strong_actor_ptr>(spawn_checker(system, where));
  };
  return supervisor_child("checks", {{"checker", checker, checker_name()}}, options, names);
}

child_spec shard_supervisor_child(const std::shared_ptr<const node_options>& options,
                                  const routing_options& routing,
                                  const std::vector<shard_home>& homes) {
  std::vector<child_spec> shards;
  for (std::uint32_t index = 1; index <= homes.size(); ++index)
    shards.push_back(shard_child(start_of(options, routing, index, homes[index - 1])));
  // Starting a shard opens its store.
  auto spec =
      supervisor_child("shards", std::move(shards), options, routing.names, options->shards.where);
  spec.name = shard_supervisor_name();
  return spec;
}

child_spec instance_manager_child(const routing_options& routing,
                                  const std::optional<publication>& publish,
                                  const std::shared_ptr<std::atomic<std::uint16_t>>& port) {
  return {"instance manager",
          [routing, publish, port](caf::actor_system& system) -> result<caf::strong_actor_ptr> {
            auto actor = spawn_instance_manager(system, routing);
            if (publish)
              if (auto listening = publish_actor(system, actor, *publish, *port); !listening) {
                compat::ask_to_exit(caf::actor_cast<caf::strong_actor_ptr>(actor),
                                    caf::exit_reason::kill);
                return tl::unexpected(listening.error());
              }
            return caf::actor_cast<caf::strong_actor_ptr>(actor);
          },
          instance_manager_name()};
}

keyed_shards_options keyed_options(const node_options& options, const keyed_group& group,
                                   const std::shared_ptr<name_table>& names,
                                   std::shared_ptr<store_use> use) {
  keyed_shards_options how;
  how.node_id = group.node_id;
  how.strategy = group.strategy;
  how.schema = group.schema;
  how.cells = group.cells;
  how.max_pending = options.max_pending;
  how.names = names;
  how.max_restarts = options.max_restarts;
  how.max_seconds = options.max_seconds;
  how.shard_budget = {options.max_restarts, options.max_seconds};
  how.report = tree_report(options.shards.report);
  if (options.open_cells)
    how.open_store = [open = options.open_cells, id = group.node_id] { return open(id); };
  else if (options.store_dir && !options.open_store)
    how.open_store = [stores = std::make_shared<sqlite::listed_cell_stores>(
                          sqlite::open_listed_cell_stores(*options.store_dir, group.node_id)),
                      use = std::move(use)] { return hold(use).and_then(*stores); };
  else
    how.open_store = [contents = std::make_shared<memory_cell_contents>(),
                      id = group.node_id]() -> result<std::unique_ptr<cell_store>> {
      return std::make_unique<memory_cell_store>(id, contents);
    };
  return how;
}

child_spec keyed_supervisor_child(const std::shared_ptr<const node_options>& options,
                                  const std::shared_ptr<name_table>& names,
                                  std::vector<keyed_home> homes) {
  child_spec spec;
  spec.id = "keyed shards";
  spec.kind = child_kind::supervisor;
  spec.shutdown = std::nullopt;
  spec.start = [options, names, homes = std::move(homes)](
                   caf::actor_system& system) -> result<caf::strong_actor_ptr> {
    std::vector<child_spec> trees;
    for (const auto& home : homes)
      trees.push_back(keyed_tree_child(home));
    return caf::actor_cast<caf::strong_actor_ptr>(
        spawn_supervisor(system, supervision(*options, "keyed shards", names), std::move(trees)));
  };
  return spec;
}

std::vector<std::shared_ptr<admission>> make_gates(caf::actor_system& system,
                                                   const node_options& options) {
  std::vector<std::shared_ptr<admission>> gates;
  for (std::uint32_t shard = 1; shard <= options.distribution_factor; ++shard) {
    gates.push_back(std::make_shared<admission>(shard_display_name(shard), options.max_pending));
    gates.back()->show_in(system.metrics(), std::to_string(shard));
  }
  return gates;
}

} // namespace lockstep
