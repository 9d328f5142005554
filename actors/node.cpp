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
  if (auto distinct = check_node_ids(given); !distinct)
    return tl::unexpected(distinct.error());
  if (!given.shards.now)
    given.shards.now = [] {
      return std::chrono::time_point_cast<duration>(std::chrono::system_clock::now());
    };
  const auto in_folder = given.store_dir && !given.open_store;
  // Before the store is made; but whoever starts a node twice hears of its store, not of its port.
  if (given.publish && !(in_folder && store_lock::holder(*given.store_dir)))
    if (auto free = try_listening(given.publish->address, given.publish->port); !free)
      return tl::unexpected(free.error());
  routing_options routing;
  routing.names = std::make_shared<name_table>();
  std::shared_ptr<store_use> use;
  auto groups = keyed_groups(given, routing.names, use);
  if (!groups)
    return tl::unexpected(groups.error());
  if (in_folder) {
    auto acquired = store_lock::acquire(*given.store_dir);
    if (!acquired)
      return tl::unexpected(acquired.error());
    use = std::make_shared<store_use>(std::move(*acquired));
    groups = keyed_groups(given, routing.names, use);
  }
  if (auto fits = check_keyed(given, in_folder, *groups); !fits)
    return tl::unexpected(fits.error());
  std::optional<redistribution_report> moved;
  if (in_folder) {
    auto ready = sqlite::prepare_folder(
        *given.store_dir, {given.distribution_factor, given.routing}, given.on_moving);
    if (!ready)
      return tl::unexpected(ready.error());
    moved = *ready;
    if (auto listed = prepare_list(*given.store_dir, !groups->empty()); !listed)
      return tl::unexpected(listed.error());
  }
  std::vector<shard_home> homes;
  for (std::uint32_t shard = 1; shard <= given.distribution_factor; ++shard) {
    homes.push_back({std::make_shared<store_opener>(given, shard, use),
                     std::make_shared<quarantine>(crash_count{given.quarantine_after})});
    if (auto opened = homes.back().store->open_first(*given.specifications); !opened)
      return tl::unexpected(opened.error());
  }
  std::vector<keyed_home> keyed;
  for (auto& group : *groups) {
    routing.keyed_nodes.push_back(group.node_id);
    auto prepared = prepare_keyed_shards(std::move(group));
    if (!prepared)
      return tl::unexpected(prepared.error());
    keyed.push_back(std::move(*prepared));
  }
  routing.distribution_factor = given.distribution_factor;
  routing.routing = given.routing;
  routing.report = given.shards.report;
  if (in_folder)
    routing.store_file = [folder = *given.store_dir](std::uint32_t shard) {
      return sqlite::shard_file(folder, shard).string();
    };
  routing.now = given.shards.now;
  routing.gates =
      std::make_shared<const std::vector<std::shared_ptr<admission>>>(make_gates(system, given));

  if (!given.shards.find_checker)
    given.shards.find_checker = [names = routing.names] {
      return caf::actor_cast<checker_actor>(names->lookup(checker_name()));
    };

  std::unique_ptr<node> started{new node(system, routing)};
  started->use_ = std::move(use);
  started->stop_patience_ = given.stop_patience;
  started->report_ = given.shards.report;
  started->moved_ = moved;
  for (const auto& home : keyed)
    started->keyed_.emplace_back(system, home);
  auto options = std::make_shared<const node_options>(std::move(given));
  std::vector<child_spec> children;
  children.push_back(registry_child(started->names_));
  children.push_back(checks_child(options, started->names_));
  children.push_back(shard_supervisor_child(options, routing, homes));
  homes.clear(); // the stores go with the tree
  children.push_back(instance_manager_child(routing, options->publish, started->port_));
  if (!keyed.empty())
    children.push_back(keyed_supervisor_child(options, started->names_, std::move(keyed)));
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
