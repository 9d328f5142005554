#pragma once

#include "actors/keyed/keyed_messages.hpp"
#include "model/failure.hpp"
#include "model/term/term.hpp"
#include "persistence/cells/cell_store.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace lockstep {

/// A slot of a cell: a version or, without a value, a reservation.
struct stored_slot {
  cell_key cell;
  std::uint64_t height = 0;
  std::optional<term> value;
};

/// Some of the slots of a shard, in ascending order of their cells and heights.
struct slot_page {
  std::vector<stored_slot> slots;
  /// So many come after them.
  std::uint64_t more = 0;
};

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

  /// What the cells of a shard hold; also while a node runs. @param skip So many slots are left
  /// out. Errors: as above.
  [[nodiscard]] result<slot_page> slots(const term& node_id, const shard_key& key,
                                        std::uint64_t skip, std::uint64_t limit) const;

  /// Writes a shard to the key map: it runs when the node does. The store is locked meanwhile.
  /// @returns its name. Errors: `already_started`; `invalid_argument`, also if the strategy does
  /// not
  ///          allow it; `unavailable` if a node has the store.
  [[nodiscard]] result<term> add(const term& node_id, const new_shard& shard) const;

private:
  std::filesystem::path folder_;
};

} // namespace lockstep
