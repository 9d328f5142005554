#include "actors/node.hpp"

#include "actors/caf_compat.hpp"
#include "actors/checker.hpp"
#include "actors/errors.hpp"
#include "actors/listening.hpp"
#include "actors/naming/registry.hpp"
#include "actors/shard_child.hpp"
#include "actors/supervision/supervisor.hpp"
#include "persistence/memory_store.hpp"
#include "persistence/reopening_store.hpp"
#include "persistence/sqlite/sqlite_store.hpp"
#include "persistence/sqlite/store_folder.hpp"

#include <caf/actor_system.hpp>
#include <caf/io/middleman.hpp>

#include <chrono>
#include <utility>

namespace lockstep {

namespace {

/// How long a start may take until every actor has its name.
constexpr auto start_timeout = std::chrono::seconds{30};

/// Opens a shard's store. The first time it hands out the store that was opened before the start.
class store_opener {
public:
  store_opener(const node_options& options, std::uint32_t shard)
      : identity_{shard, options.distribution_factor, options.routing},
        open_given_(options.open_store) {
    if (open_given_)
      return;
    if (options.store_dir)
      path_ = sqlite::shard_file(*options.store_dir, shard);
    else
      contents_ = std::make_shared<memory_store_contents>();
  }

  result<void> open_first(const specification_catalog& configured) {
    return open().and_then([&](auto store) -> result<void> {
      first_ = std::move(store);
      return prefer_configured(*first_, configured);
    });
  }

  result<std::unique_ptr<instance_store>> open() {
    if (first_)
      return std::move(first_);
    if (open_given_)
      return open_given_(identity_.shard);
    if (contents_)
      return std::make_unique<memory_store>(contents_);
    return reopening_store::open(
        [path = path_, identity = identity_] { return sqlite::open_store(path, identity); });
  }

private:
  store_identity identity_;
  /// Of `node_options`.
  std::function<result<std::unique_ptr<instance_store>>(std::uint32_t)> open_given_;
  std::filesystem::path path_;
  std::shared_ptr<memory_store_contents> contents_;
  std::unique_ptr<instance_store> first_;
};

child_spec registry_child(const std::shared_ptr<name_table>& names) {
  return {"registry",
          [names](caf::actor_system& system) -> result<caf::strong_actor_ptr> {
            return caf::actor_cast<caf::strong_actor_ptr>(spawn_registry(system, names));
          },
          std::nullopt};
}

/// For reports of the tree itself.
std::function<void(const failure&)> tree_report(const report_sink& report) {
  if (!report)
    return {};
  return [report](const failure& what) { report(what, severity::error); };
}

/// What outlives the incarnations of a shard.
struct shard_home {
  std::shared_ptr<store_opener> store;
  std::shared_ptr<quarantine> suspects;
};

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

/// The checker under a supervisor of its own, so that its end stops nobody else.
child_spec checks_child(const std::shared_ptr<const node_options>& options,
                        const std::shared_ptr<name_table>& names) {
  return {"checks",
          [options, names](caf::actor_system& system) -> result<caf::strong_actor_ptr> {
            std::vector<child_spec> only;
            only.push_back({"checker",
                            [](caf::actor_system& where) -> result<caf::strong_actor_ptr> {
                              return caf::actor_cast<caf::strong_actor_ptr>(spawn_checker(where));
                            },
                            checker_name()});
            return caf::actor_cast<caf::strong_actor_ptr>(
                spawn_supervisor(system, supervision(*options, "checks", names), std::move(only)));
          },
          std::nullopt};
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

child_spec shard_supervisor_child(std::shared_ptr<const node_options> options,
                                  const routing_options& routing,
                                  const std::vector<shard_home>& homes) {
  return {"shards",
          [options, routing, homes](caf::actor_system& system) -> result<caf::strong_actor_ptr> {
            std::vector<child_spec> shards;
            for (std::uint32_t index = 1; index <= homes.size(); ++index)
              shards.push_back(shard_child(start_of(options, routing, index, homes[index - 1])));
            return caf::actor_cast<caf::strong_actor_ptr>(spawn_supervisor(
                system, supervision(*options, "shards", routing.names), std::move(shards)));
          },
          std::nullopt,
          // every shard in turn may take its own time
          std::chrono::seconds{5} * (homes.size() + 1)};
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

} // namespace

result<std::unique_ptr<node>> node::start(caf::actor_system& system, node_options given) {
  if (given.distribution_factor == 0)
    return fail(ec::invalid_configuration,
                "a distribution_factor of 0 leaves no shard; give 1 or more");
  if (!shard_layout::divides_instances(given.routing))
    return fail(ec::invalid_configuration,
                "routing " + std::string(to_string(given.routing))
                    + " cannot divide a node's instances; give modulo or rendezvous");
  if (given.max_pending == 0)
    return fail(ec::invalid_configuration,
                "with a max_pending of 0 no request is let in; give 1 or more");
  if (!given.shards.now)
    given.shards.now = [] {
      return std::chrono::time_point_cast<duration>(std::chrono::system_clock::now());
    };
  store_lock lock;
  std::optional<redistribution_report> moved;
  const auto in_folder = given.store_dir && !given.open_store;
  // Before the store is made; but whoever starts a node twice hears of its store, not of its port.
  if (given.publish && !(in_folder && store_lock::holder(*given.store_dir)))
    if (auto free = try_listening(given.publish->address, given.publish->port); !free)
      return tl::unexpected(free.error());
  if (in_folder) {
    auto acquired = store_lock::acquire(*given.store_dir);
    if (!acquired)
      return tl::unexpected(acquired.error());
    lock = std::move(*acquired);
    auto ready = sqlite::prepare_folder(
        *given.store_dir, {given.distribution_factor, given.routing}, given.on_moving);
    if (!ready)
      return tl::unexpected(ready.error());
    moved = *ready;
  }
  std::vector<shard_home> homes;
  for (std::uint32_t shard = 1; shard <= given.distribution_factor; ++shard) {
    homes.push_back({std::make_shared<store_opener>(given, shard),
                     std::make_shared<quarantine>(crash_count{given.quarantine_after})});
    if (auto opened = homes.back().store->open_first(*given.specifications); !opened)
      return tl::unexpected(opened.error());
  }
  routing_options routing;
  routing.names = std::make_shared<name_table>();
  routing.distribution_factor = given.distribution_factor;
  routing.routing = given.routing;
  routing.report = given.shards.report;
  routing.now = given.shards.now;
  routing.gates =
      std::make_shared<const std::vector<std::shared_ptr<admission>>>(make_gates(system, given));

  if (!given.shards.find_checker)
    given.shards.find_checker = [names = routing.names] {
      return caf::actor_cast<checker_actor>(names->lookup(checker_name()));
    };

  std::unique_ptr<node> started{new node(system, routing)};
  started->lock_ = std::move(lock);
  started->moved_ = moved;
  auto options = std::make_shared<const node_options>(std::move(given));
  std::vector<child_spec> children;
  children.push_back(registry_child(started->names_));
  children.push_back(checks_child(options, started->names_));
  children.push_back(shard_supervisor_child(options, routing, homes));
  children.push_back(instance_manager_child(routing, options->publish, started->port_));
  auto root = supervision(*options, "root", started->names_);
  root.strategy = restart_strategy::rest_for_one;
  started->root_ = spawn_supervisor(system, std::move(root), std::move(children));

  auto promise = std::make_shared<std::promise<failure>>();
  started->ended_ = promise->get_future().share();
  started->root_->attach_functor(
      [promise](const caf::error& reason) { promise->set_value(to_failure(reason)); });
  if (auto ready = started->wait_until_ready(system); !ready)
    return tl::unexpected(ready.error());
  if (auto told = started->announce(options->publish); !told)
    return tl::unexpected(told.error());
  return started;
}

result<void> node::announce(const std::optional<publication>& publish) const {
  if (!publish || !lock_.held())
    return {};
  return lock_.announce(publish->address + ":" + std::to_string(*port()));
}

result<void> node::wait_until_ready(caf::actor_system& system) const {
  std::vector<term> expected{instance_manager_name()};
  for (std::uint32_t shard = 1; shard <= distribution_factor_; ++shard)
    expected.push_back(shard_name(shard));
  auto deadline = std::chrono::steady_clock::now() + start_timeout;
  while (!names_->registry())
    if (ended_.wait_for(std::chrono::milliseconds{1}) == std::future_status::ready)
      return tl::unexpected(ended_.get());
  for (const auto& name : expected) {
    caf::scoped_actor self{system};
    result<void> ready;
    compat::request(self, names_->registry(), deadline - std::chrono::steady_clock::now(),
                    atoms::await_name_v, name, caf::actor_addr{})
        .receive([](const caf::strong_actor_ptr&) {},
                 [&](const caf::error& reason) { ready = tl::unexpected(to_failure(reason)); });
    if (ready)
      continue;
    // The tree says better than the missing name what went wrong.
    if (ended_.wait_for(std::chrono::milliseconds{100}) == std::future_status::ready)
      return tl::unexpected(ended_.get());
    return ready;
  }
  return {};
}

node::node(caf::actor_system& system, const routing_options& routing)
    : names_(routing.names),
      distribution_factor_(routing.distribution_factor),
      gates_(routing.gates),
      manager_(system, routing),
      port_(std::make_shared<std::atomic<std::uint16_t>>(0)) {}

node::~node() { stop(); }

std::optional<std::uint16_t> node::port() const {
  auto port = port_->load();
  return port == 0 ? std::nullopt : std::optional{port};
}

std::vector<request_counts> node::requests() const {
  std::vector<request_counts> counts;
  for (const auto& gate : *gates_)
    counts.push_back(gate->counts());
  return counts;
}

void node::stop() {
  if (!root_)
    return;
  compat::ask_to_exit(caf::actor_cast<caf::strong_actor_ptr>(root_),
                      caf::exit_reason::user_shutdown);
  ended_.wait();
  root_ = nullptr;
  lock_ = {};
}

} // namespace lockstep
