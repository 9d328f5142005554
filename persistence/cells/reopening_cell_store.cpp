#include "persistence/cells/reopening_cell_store.hpp"

#include <utility>

namespace lockstep {

result<std::unique_ptr<cell_store>> reopening_cell_store::open(open_function open) {
  std::unique_ptr<reopening_cell_store> made{new reopening_cell_store(std::move(open))};
  return made->store_.open().map([&]() -> std::unique_ptr<cell_store> { return std::move(made); });
}

result<void> reopening_cell_store::commit(const cell_batch& changes) {
  return store_.change([&](cell_store& store) { return store.commit(changes); });
}

result<cell_contents> reopening_cell_store::load(const shard_key& shard) {
  return store_.call([&](cell_store& store) { return store.load(shard); });
}

result<key_map> reopening_cell_store::shard_key_map() {
  return store_.call([](cell_store& store) { return store.shard_key_map(); });
}

result<void> reopening_cell_store::populate_key_map(const std::string& strategy,
                                                    const std::vector<new_shard>& shards) {
  return store_.change([&](cell_store& store) { return store.populate_key_map(strategy, shards); });
}

result<void> reopening_cell_store::add_to_key_map(const new_shard& shard) {
  return store_.change([&](cell_store& store) { return store.add_to_key_map(shard); });
}

} // namespace lockstep
