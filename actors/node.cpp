#include "actors/node.hpp"

#include "actors/caf_compat.hpp"
#include "actors/checker.hpp"
#include "actors/errors.hpp"
#include "actors/keyed/keyed_start_check.hpp"
#include "actors/listening.hpp"
#include "actors/node_tree.hpp"
#include "actors/write_down.hpp"
#include "model/term/term_text.hpp"
#include "persistence/cells/keyed_files.hpp"
#include "persistence/cells/listed_cell_store.hpp"
#include "persistence/sqlite/store_folder.hpp"
#include "persistence/store_lock.hpp"

#include <caf/actor_system.hpp>

#include <chrono>
#include <set>
#include <utility>

namespace lockstep {

namespace {

/// How long a start may take until every actor has its name.
constexpr auto start_timeout = std::chrono::seconds{30};

result<void> check_node_ids(const node_options& options) {
  std::set<term> seen;
  for (const auto& group : options.keyed_shards)
    if (!seen.insert(group.node_id).second)
      return fail(ec::invalid_configuration,
                  "there are keyed shards of " + to_text(group.node_id)
                      + " twice; give each a node_id of its own",
                  {{"node_id", group.node_id}});
  return {};
}

/// Checked as far as that goes without a store.
result<std::vector<keyed_shards_options>> keyed_groups(const node_options& given,
                                                       const std::shared_ptr<name_table>& names,
                                                       const std::shared_ptr<store_use>& use) {
  std::vector<keyed_shards_options> groups;
  for (const auto& group : given.keyed_shards) {
    groups.push_back(keyed_options(given, group, names, use));
    if (auto usable = check_options(groups.back()); !usable)
      return tl::unexpected(usable.error());
  }
  return groups;
}

/// Before anything is written.
result<void> check_keyed(const node_options& given, bool in_folder,
                         const std::vector<keyed_shards_options>& groups) {
  if (!in_folder || given.open_cells)
    return check_keyed_start(groups);
  return check_keyed_start(*given.store_dir, groups).map([&](const std::vector<failure>& unwanted) {
    for (const auto& warning : unwanted)
      write_down(given.shards.report, warning, severity::warning);
  });
}

/// A store without keyed shards needs no list of them.
result<void> prepare_list(const std::filesystem::path& folder, bool has_groups) {
  auto files = sqlite::keyed_files(folder);
  if (!files)
    return tl::unexpected(files.error());
  return has_groups || !files->empty() ? sqlite::prepare_keyed_list(folder) : result<void>{};
}

bool has_folder(const node_options& given) { return given.store_dir && !given.open_store; }

/// What needs no look at a disk.
result<void> check(const node_options& given) {
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
  return check_node_ids(given);
}

/// Before the store is made; but whoever starts a node twice hears of its store, not of its port.
result<void> check_port(const node_options& given) {
  if (!given.publish || (has_folder(given) && store_lock::holder(*given.store_dir)))
    return {};
  return try_listening(given.publish->address, given.publish->port);
}

void set_defaults(node_options& given, const std::shared_ptr<name_table>& names) {
  if (!given.shards.now)
    given.shards.now = [] {
      return std::chrono::time_point_cast<duration>(std::chrono::system_clock::now());
    };
  if (!given.shards.find_checker)
    given.shards.find_checker = [names] {
      return caf::actor_cast<checker_actor>(names->lookup(checker_name()));
    };
}

routing_options routing_of(caf::actor_system& system, const node_options& given,
                           const std::shared_ptr<name_table>& names) {
  routing_options routing;
  routing.names = names;
  routing.distribution_factor = given.distribution_factor;
  routing.routing = given.routing;
  routing.report = given.shards.report;
  for (const auto& group : given.keyed_shards)
    routing.keyed_nodes.push_back(group.node_id);
  if (has_folder(given))
    routing.store_file = [folder = *given.store_dir](std::uint32_t shard) {
      return sqlite::shard_file(folder, shard).string();
    };
  routing.now = given.shards.now;
  routing.gates =
      std::make_shared<const std::vector<std::shared_ptr<admission>>>(make_gates(system, given));
  return routing;
}

} // namespace

/// The stores before anything runs on them.
struct node::stores {
  /// Null without a folder.
  std::shared_ptr<store_use> use;
  std::optional<redistribution_report> moved;
  std::vector<shard_home> shards;
  std::vector<keyed_home> keyed;
};

result<node::stores> node::open_stores(const node_options& given,
                                       const std::shared_ptr<name_table>& names) {
  stores opened;
  auto groups = keyed_groups(given, names, opened.use);
  if (!groups)
    return tl::unexpected(groups.error());
  if (has_folder(given)) {
    auto acquired = store_lock::acquire(*given.store_dir);
    if (!acquired)
      return tl::unexpected(acquired.error());
    opened.use = std::make_shared<store_use>(std::move(*acquired));
    groups = keyed_groups(given, names, opened.use);
  }
  if (auto fits = check_keyed(given, has_folder(given), *groups); !fits)
    return tl::unexpected(fits.error());
  if (has_folder(given)) {
    auto ready = sqlite::prepare_folder(
        *given.store_dir, {given.distribution_factor, given.routing}, given.on_moving);
    if (!ready)
      return tl::unexpected(ready.error());
    opened.moved = *ready;
    if (auto listed = prepare_list(*given.store_dir, !groups->empty()); !listed)
      return tl::unexpected(listed.error());
  }
  for (std::uint32_t shard = 1; shard <= given.distribution_factor; ++shard) {
    opened.shards.push_back({std::make_shared<store_opener>(given, shard, opened.use),
                             std::make_shared<quarantine>(crash_count{given.quarantine_after})});
    if (auto first = opened.shards.back().store->open_first(*given.specifications); !first)
      return tl::unexpected(first.error());
  }
  for (auto& group : *groups) {
    auto prepared = prepare_keyed_shards(std::move(group));
    if (!prepared)
      return tl::unexpected(prepared.error());
    opened.keyed.push_back(std::move(*prepared));
  }
  return opened;
}

result<std::unique_ptr<node>> node::start(caf::actor_system& system, node_options given) {
  if (auto usable = check(given); !usable)
    return tl::unexpected(usable.error());
  const auto names = std::make_shared<name_table>();
  set_defaults(given, names);
  if (auto free = check_port(given); !free)
    return tl::unexpected(free.error());
  auto opened = open_stores(given, names);
  if (!opened)
    return tl::unexpected(opened.error());
  const auto routing = routing_of(system, given, names);
  std::unique_ptr<node> started{new node(system, routing)};
  started->use_ = opened->use;
  started->stop_patience_ = given.stop_patience;
  started->report_ = given.shards.report;
  started->moved_ = opened->moved;
  for (const auto& home : opened->keyed)
    started->keyed_.emplace_back(system, home);
  const auto options = std::make_shared<const node_options>(std::move(given));
  started->spawn_tree(system, options, routing, std::move(*opened));
  if (auto ready = started->wait_until_ready(system); !ready)
    return tl::unexpected(ready.error());
  if (auto told = started->announce(options->publish); !told)
    return tl::unexpected(told.error());
  return started;
}

void node::spawn_tree(caf::actor_system& system, const std::shared_ptr<const node_options>& options,
                      const routing_options& routing, stores opened) {
  std::vector<child_spec> children;
  children.push_back(registry_child(names_));
  children.push_back(checks_child(options, names_));
  children.push_back(shard_supervisor_child(options, routing, opened.shards));
  children.push_back(instance_manager_child(routing, options->publish, port_));
  if (!opened.keyed.empty())
    children.push_back(keyed_supervisor_child(options, names_, std::move(opened.keyed)));
  auto root = supervision(*options, "root", names_);
  root.strategy = restart_strategy::rest_for_one;
  root_ = spawn_supervisor(system, std::move(root), std::move(children));
  auto promise = std::make_shared<std::promise<failure>>();
  ended_ = promise->get_future().share();
  root_->attach_functor(
      [promise](const caf::error& reason) { promise->set_value(to_failure(reason)); });
}

result<void> node::announce(const std::optional<publication>& publish) const {
  if (!publish || !use_)
    return {};
  return use_->announce(publish->address + ":" + std::to_string(*port()));
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
  for (const auto& shards : keyed_)
    if (auto ready = shards.await_start(); !ready)
      return ready;
  return {};
}

node::node(caf::actor_system& system, const routing_options& routing)
    : names_(routing.names),
      distribution_factor_(routing.distribution_factor),
      gates_(routing.gates),
      manager_(system, routing),
      port_(std::make_shared<std::atomic<std::uint16_t>>(0)) {}

node::~node() { (void)stop(); }

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

result<void> node::stop() {
  if (!root_)
    return {};
  compat::ask_to_exit(caf::actor_cast<caf::strong_actor_ptr>(root_),
                      caf::exit_reason::user_shutdown);
  ended_.wait();
  root_ = nullptr;
  if (!use_ || use_->close(stop_patience_))
    return {};
  const failure in_use{
      ec::unavailable,
      "the store is still written to by actors that have not ended "
          + std::to_string(stop_patience_.count())
          + " ms after the node was stopped; it stays locked until they have, look at its disk",
      {}};
  write_down(report_, in_use, severity::error);
  return tl::unexpected(in_use);
}

} // namespace lockstep
