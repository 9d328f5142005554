#include "app/inspection/stored_shards.hpp"

#include "actors/keyed/keyed_options.hpp"
#include "model/cells/shard_cells.hpp"
#include "model/term/term_text.hpp"
#include "persistence/cells/keyed_files.hpp"
#include "persistence/cells/keyed_inventory.hpp"
#include "persistence/cells/listed_cell_store.hpp"
#include "persistence/cells/sqlite_cell_store.hpp"
#include "persistence/store_lock.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace lockstep {

namespace {

/// The file of a `node_id`. One that is lost or damaged only matters if it is that one.
result<std::filesystem::path> find_one(const std::filesystem::path& folder, const term& node_id) {
  auto there = sqlite::take_inventory(folder);
  if (!there)
    return tl::unexpected(there.error());
  const auto file = sqlite::keyed_file(folder, node_id);
  for (const auto& [where, what] : there->problems)
    if (where == file || where == sqlite::keyed_list_file(folder))
      return tl::unexpected(what);
  for (const auto& one : there->files)
    if (one.label && one.path == file)
      return file;
  return fail(ec::invalid_argument, "the store has no keyed shards of " + to_text(node_id)
                                        + "; lockstep shards list shows those that there are");
}

result<std::unique_ptr<cell_store>> open_one(const std::filesystem::path& folder,
                                             const term& node_id) {
  return find_one(folder, node_id)
      .and_then([](const std::filesystem::path& file) {
        return sqlite::open_cell_store_for_reading(file);
      })
      .map([](sqlite::opened_cell_store opened) { return std::move(opened.store); });
}

std::optional<routing_strategy> strategy_of(const key_map& map) {
  return parse_routing_strategy(map.strategy);
}

result<void> check_growth(const key_map& map) {
  const auto strategy = strategy_of(map);
  if (strategy && shards_may_grow(*strategy))
    return {};
  return fail(ec::invalid_argument,
              "with the strategy " + map.strategy
                  + " the shards are those of the schema; with others, cells would no longer be "
                    "found");
}

/// Errors: `shard_not_found`, and those of `find_one`.
result<cell_contents> load(const std::filesystem::path& folder, const term& node_id,
                           const shard_key& key) {
  auto store = open_one(folder, node_id);
  if (!store)
    return tl::unexpected(store.error());
  auto map = (*store)->shard_key_map();
  if (!map)
    return tl::unexpected(map.error());
  if (std::ranges::find(map->shards, key, &key_map_entry::key) == map->shards.end())
    return tl::unexpected(
        no_such_shard(node_id, strategy_of(*map).value_or(routing_strategy::one_per_key), key));
  return (*store)->load(key);
}

} // namespace

result<std::vector<term>> stored_shards::node_ids() const {
  return sqlite::sound_inventory(folder_).map([](const sqlite::keyed_inventory& there) {
    std::vector<term> ids;
    for (const auto& one : there.files)
      if (one.label)
        ids.push_back(one.label->node_id);
    return ids;
  });
}

result<keyed_shard_listing> stored_shards::list(const term& node_id) const {
  return open_one(folder_, node_id)
      .and_then([](const std::unique_ptr<cell_store>& store) { return store->shard_key_map(); })
      .map([&](const key_map& map) {
        keyed_shard_listing all{node_id, map.strategy, {}};
        for (const auto& one : map.shards)
          all.shards.push_back({one.key, one.name, false, 0, std::nullopt});
        return all;
      });
}

result<keyed_shard_contents> stored_shards::contents(const term& node_id,
                                                     const shard_key& key) const {
  return load(folder_, node_id, key).map([&](const cell_contents& stored) {
    return contents_of(key, shard_cells{stored});
  });
}

result<slot_page> stored_shards::slots(const term& node_id, const shard_key& key,
                                       std::uint64_t skip, std::uint64_t limit) const {
  return load(folder_, node_id, key).map([&](const cell_contents& stored) {
    slot_page page;
    for (const auto& [cell, slots] : stored.cells)
      for (const auto& [height, value] : slots)
        if (skip > 0)
          --skip;
        else if (page.slots.size() < limit)
          page.slots.push_back({cell, height, value});
        else
          ++page.more;
    return page;
  });
}

result<term> stored_shards::add(const term& node_id, const new_shard& shard) const {
  const auto lock = store_lock::acquire(folder_);
  if (!lock)
    return tl::unexpected(lock.error());
  if (auto there = find_one(folder_, node_id); !there)
    return tl::unexpected(there.error());
  auto store = sqlite::prepare_keyed_list(folder_).and_then(
      [&] { return sqlite::open_listed_cell_stores(folder_, node_id)(nullptr); });
  if (!store)
    return tl::unexpected(store.error());
  return (*store)
      ->shard_key_map()
      .and_then(check_growth)
      .and_then([&] { return (*store)->add_to_key_map(shard); })
      .map([&] { return keyed_shard_name(node_id, shard.key); });
}

} // namespace lockstep
