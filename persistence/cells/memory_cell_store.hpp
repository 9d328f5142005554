#pragma once

#include "persistence/cells/cell_store.hpp"

#include <map>
#include <memory>
#include <string>

namespace lockstep {

/// What a memory store holds. It outlives the store, as a file outlives the program.
struct memory_cell_contents {
  std::string strategy;
  std::map<shard_key, cell_contents> shards;
  /// The operation ids under which shards were added; none, or empty: without one.
  std::map<shard_key, std::string> added_by;
};

/// A store without a disk, for tests and for nodes that need not survive.
class memory_cell_store final : public cell_store {
public:
  explicit memory_cell_store(term node_id, std::shared_ptr<memory_cell_contents> contents =
                                               std::make_shared<memory_cell_contents>());

  [[nodiscard]] result<void> commit(const cell_batch& changes) override;
  [[nodiscard]] result<cell_contents> load(const shard_key& shard) override;
  [[nodiscard]] result<key_map> shard_key_map() override;
  [[nodiscard]] result<void> populate_key_map(const std::string& strategy,
                                              const std::vector<new_shard>& shards) override;
  [[nodiscard]] result<void> add_to_key_map(const new_shard& shard) override;

private:
  term node_id_;
  std::shared_ptr<memory_cell_contents> contents_;
};

} // namespace lockstep
