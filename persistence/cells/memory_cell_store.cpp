#include "persistence/cells/memory_cell_store.hpp"

#include <utility>

namespace lockstep {

namespace {

cell_contents contents_of(const new_shard& shard) {
  cell_contents contents;
  if (shard.initial_value)
    contents.cells[shard.key][0] = shard.initial_value;
  return contents;
}

} // namespace

memory_cell_store::memory_cell_store(term node_id, std::shared_ptr<memory_cell_contents> contents)
    : node_id_(std::move(node_id)), contents_(std::move(contents)) {}

result<void> memory_cell_store::commit(const cell_batch& changes) {
  for (const auto& [shard, change] : changes)
    if (!contents_->shards.contains(shard))
      return shard_not_in_key_map(node_id_, shard);
  for (const auto& [shard, change] : changes)
    contents_->shards.at(shard).apply(change);
  return {};
}

result<cell_contents> memory_cell_store::load(const shard_key& shard) {
  const auto found = contents_->shards.find(shard);
  return found == contents_->shards.end() ? cell_contents{} : found->second;
}

result<key_map> memory_cell_store::shard_key_map() {
  key_map map{contents_->strategy, {}};
  for (const auto& [key, contents] : contents_->shards)
    map.shards.push_back({key, keyed_shard_name(node_id_, key)});
  return map;
}

result<void> memory_cell_store::populate_key_map(const std::string& strategy,
                                                 const std::vector<new_shard>& shards) {
  if (!contents_->strategy.empty() && contents_->strategy != strategy)
    return another_strategy(node_id_, contents_->strategy, strategy);
  contents_->strategy = strategy;
  for (const auto& one : shards)
    contents_->shards.try_emplace(one.key, contents_of(one));
  return {};
}

result<void> memory_cell_store::add_to_key_map(const new_shard& shard) {
  const auto is_new = contents_->shards.try_emplace(shard.key, contents_of(shard)).second;
  auto& added_by = contents_->added_by[shard.key];
  if (is_new)
    added_by = shard.operation_id;
  else if (added_by.empty() || added_by != shard.operation_id)
    return shard_in_key_map(node_id_, shard.key);
  return {};
}

} // namespace lockstep
