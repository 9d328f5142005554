#pragma once

#include "model/cells/cell_contents.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lockstep {

/// A change of the cells of one keyed shard.
struct shard_change {
  shard_key shard;
  cell_change change;
};

/// Changes of several keyed shards, in their order.
using cell_batch = std::vector<shard_change>;

/// A keyed shard that shall be in the key map.
struct new_shard {
  shard_key key;
  /// The version at height 0 of the cell whose key is the shard's; nothing: that cell is absent.
  std::optional<term> initial_value;
  /// Of the request to start it; empty: none. What is in a schema has none.
  std::string operation_id = {};
};

/// One row of the key map.
struct key_map_entry {
  shard_key key;
  /// What the shard is called in the registry: `{node_id, {shard, key}}`.
  term name;

  friend bool operator==(const key_map_entry&, const key_map_entry&) = default;
};

/// The keyed shards of one `node_id`.
struct key_map {
  /// The name of the routing strategy that they were first started with; empty: never started.
  std::string strategy;
  /// In ascending order of their keys.
  std::vector<key_map_entry> shards;

  friend bool operator==(const key_map&, const key_map&) = default;
};

/// `{node_id, {shard, key}}`
[[nodiscard]] term keyed_shard_name(const term& node_id, const shard_key& key);

// -- the errors of the stores below ---------------------------------------------------------------

[[nodiscard]] tl::unexpected<failure> shard_not_in_key_map(const term& node_id,
                                                           const shard_key& key);
[[nodiscard]] tl::unexpected<failure> shard_in_key_map(const term& node_id, const shard_key& key);
[[nodiscard]] tl::unexpected<failure>
another_strategy(const term& node_id, const std::string& stored, const std::string& wanted);

/// Durable home of all keyed shards of one `node_id`: their key map and their cells. They share one
/// store, and so one file: a file of its own for each would take three descriptors and an fsync per
/// commit and shard, so that ten thousand shards could not be open at a time, while here the
/// changes of all of them go to the disk in one commit.
///
/// Not thread-safe: one actor owns a store. Every call may block for the time of one transaction;
/// with a durable store those that change something include an fsync (milliseconds).
///
/// Every function returns `store_failure` with the engine's message if the engine fails. When one
/// that changes something returns an error, nothing of it is stored, nor ever will be; except for
/// `unavailable`, see `reopened`.
class cell_store {
public:
  cell_store() = default;
  cell_store(const cell_store&) = delete;
  cell_store& operator=(const cell_store&) = delete;
  virtual ~cell_store() = default;

  /// Makes the changes durable, all or none.
  /// @returns `shard_not_found`, with `shard` in the context, if one of them is of a shard that is
  ///          not in the key map. So a shard that is started before its entry is written must not
  ///          take requests before; and nothing of it is left over if it never is written.
  [[nodiscard]] virtual result<void> commit(const cell_batch& changes) = 0;

  /// All cells of a shard; empty for one that is not in the key map.
  [[nodiscard]] virtual result<cell_contents> load(const shard_key& shard) = 0;

  [[nodiscard]] virtual result<key_map> shard_key_map() = 0;

  /// Writes the shards, with their initial values, that are not in the key map yet; those that are
  /// there stay as they are, with their cells. Of several with one key the first one counts. The
  /// first call stores the strategy's name.
  /// @returns `invalid_configuration` for another strategy than the stored one.
  [[nodiscard]] virtual result<void> populate_key_map(const std::string& strategy,
                                                      const std::vector<new_shard>& shards) = 0;

  /// Writes one more shard with its initial value. Changes nothing if it was written under the same
  /// operation id, which is known for good.
  /// @returns `already_started`, with `name` in the context, if it is there otherwise.
  [[nodiscard]] virtual result<void> add_to_key_map(const new_shard& shard) = 0;
};

} // namespace lockstep
