#pragma once

#include "actors/instance_manager.hpp"
#include "actors/interfaces.hpp"
#include "actors/keyed/keyed_group.hpp"
#include "actors/keyed/keyed_shards.hpp"
#include "actors/naming/name_table.hpp"
#include "actors/shard.hpp"
#include "actors/store_use.hpp"
#include "model/failure.hpp"
#include "model/routing/routing_strategy.hpp"
#include "model/workflow/implementation_model.hpp"
#include "persistence/instance_store.hpp"
#include "persistence/ledger.hpp"
#include "persistence/redistribution.hpp"

#include <caf/fwd.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lockstep {

/// Where a node's BASP port listens.
struct publication {
  std::uint16_t port = 0;
  /// Only this machine by default: whoever reaches the port can use the node.
  std::string address = "127.0.0.1";
};

struct node_options {
  /// The folder of the shards' files; nothing: the instances live in memory only.
  std::optional<std::filesystem::path> store_dir = "./lockstep_store";
  /// For embedding with a store of one's own: opens the store of a shard (from 1) when the node
  /// starts and whenever the shard is started again, with all that was committed to it before. If
  /// set, `store_dir` is not used. May be called by several threads at a time.
  std::function<result<std::unique_ptr<instance_store>>(std::uint32_t shard)> open_store;
  /// Number of shards; at least 1. If the folder was made with another one, the start moves the
  /// instances that now belong to another shard. Given stores must fit.
  std::uint32_t distribution_factor = 4;
  /// Each with another `node_id`. Their stores are in `store_dir`; in memory if that is not used.
  std::vector<keyed_group> keyed_shards;
  /// For embedding with stores of one's own: as `open_store`, for the keyed shards of a `node_id`.
  std::function<result<std::unique_ptr<cell_store>>(const term& node_id)> open_cells;
  /// How instances are divided among the shards, `modulo` or `rendezvous`; a change is as one of
  /// the number. With `rendezvous` another number moves no more than it must: from N to N + 1
  /// shards 1/(N + 1) of the instances, instead of nearly all.
  routing_strategy routing = routing_strategy::modulo;
  /// Called during the start while instances are moved, every thousand or so. If it says that the
  /// move is not to go on, the start ends as `unavailable`; the next one goes on.
  moving_function on_moving;
  std::shared_ptr<const specification_catalog> specifications =
      std::make_shared<const specification_catalog>();
  /// As read from `.spex` files.
  std::vector<implementation_model> models;
  bool keep_learned_models = true;
  /// Put every model into learning mode.
  bool learn = false;
  /// In the memory of all shards together. The default keeps a node within 256 MiB with identifiers
  /// of usual length.
  std::size_t max_resident_instances = 500'000;
  /// How long operation ids are remembered; nothing: for good.
  time_limit operation_retention = std::chrono::days{7};
  /// Requests that a shard takes before it has answered those before; more are refused as
  /// `overloaded`. Per shard; at least 1. Of a keyed shard so many changes, and as many reads.
  std::size_t max_pending = 10'000;
  /// The shards' quarantines and gates are made by the start.
  shard_options shards;
  /// An instance whose requests crash its shard so many times in a row is quarantined.
  std::size_t quarantine_after = 2;
  /// How often each supervisor of the tree restarts its children before it gives up: more than
  /// `max_restarts` within `max_seconds` are too many. A keyed shard that is restarted more often
  /// is parked instead. Crashes of a shard whose culprit is known and will be quarantined do not
  /// count, nor do its starts that fail since the disk does; 0: not even one restart.
  std::size_t max_restarts = 3;
  std::chrono::seconds max_seconds{5};
  /// For errors that belong to no specification, such as an unknown identifier.
  error_policy policy;
  std::optional<publication> publish;
  /// How long `stop` waits for actors whose supervisor was killed, and that may still write to the
  /// store. The store stays locked for as long as they do.
  std::chrono::milliseconds stop_patience{30'000};
};

/// A running node: the supervision tree and the handle on its instances.
///
///     root supervisor (rest_for_one)
///     ├─ registry
///     ├─ check supervisor (one_for_one): the checker
///     ├─ shard supervisor (one_for_one): shard 1 … N, each with its store
///     ├─ instance manager, for actors and other nodes
///     └─ keyed supervisor (one_for_one), if there are keyed shards: a tree for each node_id
///
/// Starting and stopping block. Not thread-safe; `manager()` is.
class node {
public:
  /// Opens all stores before anything runs: what is wrong with them is an error here and leaves
  /// nothing behind. What is wrong with keyed shards is an error before anything is written. If
  /// instances must be moved first, that may take long. @param system Must
  /// outlive the node; for `publish` it needs CAF's middleman.
  [[nodiscard]] static result<std::unique_ptr<node>> start(caf::actor_system& system,
                                                           node_options options);

  node(const node&) = delete;
  node& operator=(const node&) = delete;
  /// Stops the node.
  ~node();

  [[nodiscard]] const instance_manager& manager() const noexcept { return manager_; }

  /// Handles on its keyed shards, in the order of `node_options::keyed_shards`.
  [[nodiscard]] const std::vector<keyed_shards>& keyed() const noexcept { return keyed_; }

  /// What became of the requests to shard 1, 2, … since the start. Thread-safe. CAF's metrics show
  /// the same as `lockstep.requests.*`.
  [[nodiscard]] std::vector<request_counts> requests() const;

  /// What the start moved between shards; nothing if the store was divided that way already.
  [[nodiscard]] const std::optional<redistribution_report>& moved() const noexcept {
    return moved_;
  }

  /// The port that the node really listens on; nothing if it is not published.
  [[nodiscard]] std::optional<std::uint16_t> port() const;

  /// Becomes ready when the tree has ended, with why: by `stop`, or since it restarted too often.
  [[nodiscard]] const std::shared_future<failure>& ended() const noexcept { return ended_; }

  /// Lets every shard commit, closes the stores and waits for all of that. What a shard could not
  /// commit is reported, as always. Stopping once more is fine.
  /// @returns `unavailable`, which is reported, too, if somebody uses a store still after
  /// `stop_patience`: its lock is not free before they have ended.
  result<void> stop();

private:
  struct stores;

  node(caf::actor_system& system, const routing_options& routing);
  /// Locks the folder, moves what must be moved, and opens all stores.
  [[nodiscard]] static result<stores> open_stores(const node_options& given,
                                                  const std::shared_ptr<name_table>& names);
  /// @param opened Is the tree's from then on.
  void spawn_tree(caf::actor_system& system, const std::shared_ptr<const node_options>& options,
                  const routing_options& routing, stores opened);
  [[nodiscard]] result<void> wait_until_ready(caf::actor_system& system) const;
  /// Tells commands where the node listens, beside its store.
  [[nodiscard]] result<void> announce(const std::optional<publication>& publish) const;

  /// Null if the node has no folder.
  std::shared_ptr<store_use> use_;
  std::chrono::milliseconds stop_patience_{};
  report_sink report_;
  std::optional<redistribution_report> moved_;
  std::shared_ptr<name_table> names_;
  std::uint32_t distribution_factor_;
  std::shared_ptr<const std::vector<std::shared_ptr<admission>>> gates_;
  instance_manager manager_;
  std::vector<keyed_shards> keyed_;
  supervisor_actor root_;
  std::shared_future<failure> ended_;
  std::shared_ptr<std::atomic<std::uint16_t>> port_;
};

} // namespace lockstep
