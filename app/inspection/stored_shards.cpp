#include "app/inspection/stored_shards.hpp"

#include "actors/keyed/keyed_options.hpp"
#include "model/cells/shard_cells.hpp"
#include "model/term/term_text.hpp"
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

result<std::vector<sqlite::opened_cell_store>> open_all(const std::filesystem::path& folder) {
  auto files = sqlite::keyed_files(folder);
  if (!files)
    return tl::unexpected(files.error());
  std::vector<sqlite::opened_cell_store> stores;
  for (const auto& file : *files) {
    auto opened = sqlite::open_cell_store_for_reading(file);
    if (!opened)
      return tl::unexpected(opened.error());
    stores.push_back(std::move(*opened));
  }
  return stores;
}

struct found_store {
  std::filesystem::path file;
  std::unique_ptr<cell_store> store;
};

/// Whatever the file is called. One that cannot be read only matters if no other one is it.
result<found_store> find_one(const std::filesystem::path& folder, const term& node_id) {
  auto files = sqlite::keyed_files(folder);
  if (!files)
    return tl::unexpected(files.error());
  std::optional<failure> damaged;
  for (const auto& file : *files) {
    auto opened = sqlite::open_cell_store_for_reading(file);
    if (!opened)
      damaged = opened.error();
    else if (opened->node_id == node_id)
      return found_store{file, std::move(opened->store)};
  }
  if (damaged)
    return tl::unexpected(*damaged);
  return fail(ec::invalid_argument, "the store has no keyed shards of " + to_text(node_id)
                                        + "; lockstep shards list shows those that there are");
}

result<std::unique_ptr<cell_store>> open_one(const std::filesystem::path& folder,
                                             const term& node_id) {
  return find_one(folder, node_id).map([](found_store found) { return std::move(found.store); });
}

result<void> check_growth(const key_map& map) {
  const auto strategy = parse_routing_strategy(map.strategy);
  if (strategy && shards_may_grow(*strategy))
    return {};
  return fail(ec::invalid_argument,
              "with the strategy " + map.strategy
                  + " the shards are those of the schema; with others, cells would no longer be "
                    "found");
}

} // namespace

result<std::vector<term>> stored_shards::node_ids() const {
  return open_all(folder_).map([](const std::vector<sqlite::opened_cell_store>& stores) {
    std::vector<term> ids;
    for (const auto& one : stores)
      ids.push_back(one.node_id);
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
  auto store = open_one(folder_, node_id);
  if (!store)
    return tl::unexpected(store.error());
  auto map = (*store)->shard_key_map();
  if (!map)
    return tl::unexpected(map.error());
  if (std::ranges::find(map->shards, key, &key_map_entry::key) == map->shards.end())
    return tl::unexpected(no_such_shard(node_id, key));
  return (*store)->load(key).map([&](const cell_contents& stored) {
    const shard_cells cells{stored};
    keyed_shard_contents told;
    told.key = key;
    told.watermark = cells.watermark();
    told.horizon = cells.horizon();
    told.cells = cells.cell_count();
    told.versions = cells.version_count();
    told.reservations = cells.reservation_count();
    return told;
  });
}

result<term> stored_shards::add(const term& node_id, const new_shard& shard) const {
  const auto lock = store_lock::acquire(folder_);
  if (!lock)
    return tl::unexpected(lock.error());
  // Whoever reads a store cannot write to it.
  auto there = find_one(folder_, node_id);
  if (!there)
    return tl::unexpected(there.error());
  there->store.reset();
  // A node would make a new file where it looks, and never see what is written to this one.
  if (const auto file = sqlite::keyed_file(folder_, node_id); there->file != file)
    return fail(ec::store_failure, "the keyed shards of " + to_text(node_id) + " are in "
                                       + there->file.string() + ", where no node finds them; "
                                       + "rename it to " + file.string());
  auto store = sqlite::open_cell_store(there->file, node_id);
  if (!store)
    return tl::unexpected(store.error());
  return (*store)
      ->shard_key_map()
      .and_then(check_growth)
      .and_then([&] { return (*store)->add_to_key_map(shard); })
      .map([&] { return keyed_shard_name(node_id, shard.key); });
}

} // namespace lockstep
