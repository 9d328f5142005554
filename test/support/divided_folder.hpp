#pragma once

#include "persistence/redistribution.hpp"
#include "persistence/sqlite/database.hpp"
#include "persistence/sqlite/schema.hpp"
#include "persistence/sqlite/sqlite_store.hpp"
#include "persistence/sqlite/store_folder.hpp"
#include "test/support/results.hpp"
#include "test/support/store_contents.hpp"
#include "test/support/temporary_folder.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

/// Folders of stores that are divided in one way or another.
namespace lockstep::test {

inline shard_layout by_rendezvous(std::uint32_t shards) {
  return {shards, routing_strategy::rendezvous};
}

/// The stores of a folder, open.
class open_folder {
public:
  open_folder(const std::filesystem::path& folder, shard_layout layout) {
    for (std::uint32_t shard = 1; shard <= layout.shards; ++shard) {
      opened_.push_back(must(sqlite::open_store(sqlite::shard_file(folder, shard),
                                                {shard, layout.shards, layout.routing})));
      stores[shard] = opened_.back().get();
    }
  }
  store_set stores;

private:
  std::vector<std::unique_ptr<instance_store>> opened_;
};

inline void fill(const std::filesystem::path& folder, const store_contents& all,
                 shard_layout layout) {
  must(sqlite::prepare_folder(folder, layout));
  open_folder open{folder, layout};
  for (const auto& [shard, changes] : divide(all, layout))
    must(open.stores.at(shard)->commit(changes));
  // what each shard is to know, it knows from now on
  must(redistribute(open.stores, layout.shards,
                    [&](const term& identifier) { return layout.shard_of(identifier); }));
}

/// What is wrong with a folder that is to hold this and nothing else; empty if nothing is.
inline std::string difference_in(const std::filesystem::path& folder, const store_contents& all,
                                 shard_layout layout) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator{folder})
    ++count;
  if (count != layout.shards)
    return std::to_string(count) + " files instead of " + std::to_string(layout.shards);
  return difference(all, open_folder{folder, layout}.stores, layout);
}

// -- single files

inline void execute(const std::filesystem::path& file, const std::string& sql) {
  must(must(sqlite::database::open(file)).execute(sql.c_str()));
}

inline std::int64_t division_of(const std::filesystem::path& folder, std::uint32_t shard) {
  auto db = must(sqlite::database::open(sqlite::shard_file(folder, shard)));
  return must(sqlite::read_label(db)).division;
}

/// A folder with two orders in four stores.
struct small_folder {
  temporary_folder folder;
  store_contents all = some_orders(2);

  small_folder() { fill(folder.path(), all, 4); }
  [[nodiscard]] std::filesystem::path file(std::uint32_t shard) const {
    return sqlite::shard_file(folder.path(), shard);
  }
};

} // namespace lockstep::test
