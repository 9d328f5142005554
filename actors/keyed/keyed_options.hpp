#pragma once

#include "actors/keyed/keyed_gates.hpp"
#include "actors/naming/name_table.hpp"
#include "actors/placement.hpp"
#include "actors/supervision/supervisor.hpp"
#include "model/cells/shard_cells.hpp"
#include "model/failure.hpp"
#include "model/routing/router.hpp"
#include "model/term/term.hpp"
#include "persistence/cells/cell_store.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace lockstep {

/// Longer a read never waits.
inline constexpr duration longest_patience = std::chrono::days{30};

using cell_store_opener = std::function<result<std::unique_ptr<cell_store>>()>;

struct keyed_shards_options {
  /// Whose shards these are; the first part of their names. One tree for each in a registry.
  term node_id;
  /// How a cell finds its shard. With `one_per_key` each shard has the one cell of its own key, and
  /// shards can be added; with the others the shards are those of the schema, for good.
  routing_strategy strategy = routing_strategy::one_per_key;
  /// Shards that are made, if they are not there yet, with the value at height 0 of the cell that
  /// has the shard's key.
  std::vector<new_shard> schema;
  /// Of a registry that runs. If that is started again, the tree must be, too.
  std::shared_ptr<name_table> names;
  /// Opens the store at the start, and again after a crash of the keeper, with all that was
  /// committed to it before.
  cell_store_opener open_store;
  cell_options cells;
  placement keeper = placement::own_thread;
  /// A batch is committed at the latest when it has so many changes.
  std::size_t max_batch = 10'000;
  /// Changes that a shard takes before it has answered those before, and as many reads, those that
  /// wait included; more are refused as `overloaded`. At least 1.
  std::size_t max_pending = 10'000;
  /// A shard that is started again more often is parked; the others go on.
  restart_budget shard_budget;
  /// Of the tree.
  std::size_t max_restarts = 3;
  std::chrono::seconds max_seconds{5};
  /// How long a shard may take for an answer, beside the time that a read may wait.
  std::chrono::milliseconds request_timeout{30'000};
  /// How long a request waits for a shard that is being started again.
  std::chrono::milliseconds recovery_timeout{15'000};
  /// Hears of restarts and of what failed; called in the actors' threads. May be empty.
  std::function<void(const failure&)> report;
};

/// Names in the registry: `{node_id, shards}`, of the actor that stands for all of them.
[[nodiscard]] term keyed_shards_name(const term& node_id);
/// `{node_id, keeper}`
[[nodiscard]] term cell_keeper_name(const term& node_id);
/// `{node_id, supervisor}`, of the shards' own supervisor.
[[nodiscard]] term keyed_supervisor_name(const term& node_id);

/// Keyed shards whose key map is written: what is the same for all incarnations of their actors.
struct keyed_home {
  std::shared_ptr<const keyed_shards_options> options;
  /// Which shard has a cell: terms of keys.
  std::shared_ptr<const router> routing;
  std::shared_ptr<keyed_gates> gates;
  /// Hands out the store that is open already, the first time. Errors, beside the given opener's:
  /// `unavailable` while a store that was handed out lives: a keeper whose supervisor was killed
  /// may still commit to it, and what another one knows of the store would be wrong then.
  /// Thread-safe.
  cell_store_opener open_store;
};

/// Can these options be used at all? Opens nothing. Errors: `invalid_argument`, among others for a
/// schema that has a key twice, or values that would be in the wrong shard.
[[nodiscard]] result<void> check_options(const keyed_shards_options& options);

/// Can what is stored be used with these options? Errors: `invalid_configuration` for another
/// strategy than before; `invalid_argument` for another schema where the strategy does not allow
/// that.
[[nodiscard]] result<void> check_key_map(const keyed_shards_options& options,
                                         const key_map& stored);

/// Opens the store and writes the shards of the schema that it does not have to the key map;
/// nothing runs yet. Blocks.
/// @returns `invalid_argument` for options that cannot be used, among them a schema that is not the
///          one before where the strategy does not allow that; `invalid_configuration` for another
///          strategy than before; `store_too_new`; `key_map_population_failed` for everything else
///          that goes wrong with the store, with the first error's code as `reason`.
[[nodiscard]] result<keyed_home> prepare_keyed_shards(keyed_shards_options options);

/// The shard in charge of a cell. Errors: `shard_not_found` if there are no shards at all; that
/// there is a shard with that key is not said.
[[nodiscard]] result<shard_key> shard_of_cell(const router& routing, const cell_key& key);

/// The `shard_not_found` for a key that no shard has, with what can be done about it.
[[nodiscard]] failure no_such_shard(const term& node_id, routing_strategy strategy,
                                    const shard_key& key);

/// May shards be added?
[[nodiscard]] inline bool shards_may_grow(routing_strategy strategy) noexcept {
  return strategy == routing_strategy::one_per_key;
}

} // namespace lockstep
