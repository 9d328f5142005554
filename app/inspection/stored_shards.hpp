#pragma once

#include "actors/keyed/keyed_messages.hpp"
#include "model/failure.hpp"
#include "model/term/term.hpp"
#include "persistence/cells/cell_store.hpp"

#include <filesystem>
#include <vector>

namespace lockstep {

/// The keyed shards in the store of a node that is down. Nothing is changed but by `add`.
class stored_shards {
public:
  explicit stored_shards(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Whose keyed shards there are.
  [[nodiscard]] result<std::vector<term>> node_ids() const;

  /// Errors: `invalid_argument` if there are none of that `node_id`.
  [[nodiscard]] result<keyed_shard_listing> list(const term& node_id) const;

  /// Errors: `shard_not_found`, and as above.
  [[nodiscard]] result<keyed_shard_contents> contents(const term& node_id,
                                                      const shard_key& key) const;

  /// Writes a shard to the key map: it runs when the node does. The store is locked meanwhile.
  /// @returns its name. Errors: `already_started`; `invalid_argument`, also if the strategy does
  /// not
  ///          allow it; `unavailable` if a node has the store.
  [[nodiscard]] result<term> add(const term& node_id, const new_shard& shard) const;

private:
  std::filesystem::path folder_;
};

} // namespace lockstep
