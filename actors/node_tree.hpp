#pragma once

/// The children of a node's supervision tree: how each of them is started, each time anew.

#include "actors/admission.hpp"
#include "actors/node.hpp"
#include "actors/quarantine.hpp"
#include "actors/store_opener.hpp"
#include "actors/store_use.hpp"
#include "actors/supervision/supervisor.hpp"

#include <caf/fwd.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lockstep {

/// What outlives the incarnations of a shard.
struct shard_home {
  std::shared_ptr<store_opener> store;
  std::shared_ptr<quarantine> suspects;
};

/// How often each supervisor of the tree restarts its children, and whom it tells.
[[nodiscard]] supervisor_options supervision(const node_options& options, std::string id,
                                             const std::shared_ptr<name_table>& names);

[[nodiscard]] child_spec registry_child(const std::shared_ptr<name_table>& names);

/// The checker under a supervisor of its own, so that its end stops nobody else.
[[nodiscard]] child_spec checks_child(const std::shared_ptr<const node_options>& options,
                                      const std::shared_ptr<name_table>& names);

/// The shards under a supervisor of their own, one for each home.
[[nodiscard]] child_spec shard_supervisor_child(const std::shared_ptr<const node_options>& options,
                                                const routing_options& routing,
                                                const std::vector<shard_home>& homes);

/// @param port Where the node really listens; set by the first start.
[[nodiscard]] child_spec
instance_manager_child(const routing_options& routing, const std::optional<publication>& publish,
                       const std::shared_ptr<std::atomic<std::uint16_t>>& port);

/// Where the keyed shards of a `node_id` have their store, and how they are run.
/// @param use As for `store_opener`.
[[nodiscard]] keyed_shards_options keyed_options(const node_options& options,
                                                 const keyed_group& group,
                                                 const std::shared_ptr<name_table>& names,
                                                 std::shared_ptr<store_use> use = nullptr);

/// The trees of the keyed shards under a supervisor of their own. One that gives up too often, such
/// as one whose store cannot be opened, is parked and concerns nobody else.
[[nodiscard]] child_spec keyed_supervisor_child(const std::shared_ptr<const node_options>& options,
                                                const std::shared_ptr<name_table>& names,
                                                std::vector<keyed_home> homes);

/// One for each shard, shown in the system's metrics.
[[nodiscard]] std::vector<std::shared_ptr<admission>> make_gates(caf::actor_system& system,
                                                                 const node_options& options);

} // namespace lockstep
