#include "persistence/cells/keyed_check.hpp"

#include "model/term/term_text.hpp"
#include "persistence/cells/cell_schema.hpp"
#include "persistence/cells/keyed_list.hpp"
#include "persistence/cells/sqlite_cell_store.hpp"
#include "persistence/sqlite/database.hpp"
#include "persistence/sqlite/integrity.hpp"

#include <array>
#include <string>
#include <system_error>
#include <utility>

namespace lockstep::sqlite {

namespace {

/// A number that is 0 in a sound file.
struct counted_fault {
  const char* query;
  const char* one;
  const char* many;
};

constexpr std::array counted_faults = {
    counted_fault{"SELECT count(*) FROM slot WHERE shard NOT IN (SELECT id FROM shard)",
                  "slot of a shard that is not in the key map",
                  "slots of shards that are not in the key map"},
    counted_fault{"SELECT count(*) FROM slot WHERE height < 0 OR (height = 0 AND value IS NULL)",
                  "slot at a height that no cell has", "slots at heights that no cell has"},
    counted_fault{"SELECT count(*) FROM slot JOIN shard ON shard.id = slot.shard "
                  "WHERE value IS NULL AND height < horizon",
                  "reservation below what its shard keeps",
                  "reservations below what their shards keep"},
    counted_fault{"SELECT count(*) FROM call WHERE shard NOT IN (SELECT id FROM shard)",
                  "call to a shard that is not in the key map",
                  "calls to shards that are not in the key map"},
    counted_fault{"SELECT count(*) FROM call JOIN shard ON shard.id = call.shard "
                  "WHERE height < horizon",
                  "call below what its shard keeps", "calls below what their shards keep"},
    counted_fault{"SELECT count(*) FROM shard WHERE horizon > watermark OR horizon < 0",
                  "shard that does not keep what is above its watermark",
                  "shards that do not keep what is above their watermarks"}};

result<void> count_faults(database& db, const finding_function& find) {
  for (const auto& fault : counted_faults) {
    auto count = db.query_number(fault.query);
    if (!count)
      return tl::unexpected(count.error());
    if (*count != 0)
      find("has " + std::to_string(*count) + " " + (*count == 1 ? fault.one : fault.many));
  }
  return {};
}

/// Are all tables and indexes there?
result<bool> is_whole(database& db, const finding_function& find) {
  return missing_parts(db, cell_format()).map([&](const std::vector<std::string>& missing) {
    for (const auto& part : missing)
      find("lacks the " + part);
    return missing.empty();
  });
}

/// "FILE has …; what to do" as a finding: "has …".
std::string without_path(std::string message, const std::filesystem::path& path) {
  if (const auto name = path.string() + " "; message.starts_with(name))
    message.erase(0, name.size());
  return message.substr(0, message.find("; "));
}

/// What is wrong with a shard says which; the others are read all the same.
result<void> read_all(cell_store& store, checked_keyed_file& file, const finding_function& find) {
  auto map = store.shard_key_map();
  if (!map)
    return tl::unexpected(map.error());
  for (const auto& shard : map->shards) {
    ++file.shards;
    auto contents = store.load(shard.key);
    if (!contents && is_unreadable(contents.error()))
      return tl::unexpected(contents.error());
    if (!contents) {
      find(without_path(contents.error().message, file.path));
      continue;
    }
    file.cells += contents->cells.size();
    for (const auto& [key, slots] : contents->cells)
      for (const auto& [height, value] : slots)
        ++(value ? file.versions : file.reservations);
  }
  return {};
}

} // namespace

result<void> check_keyed_list(const std::filesystem::path& folder) {
  const auto file = keyed_list_file(folder);
  std::error_code error;
  if (!std::filesystem::exists(file, error) && !error)
    return {};
  return database::open(file, if_missing::refuse).and_then([](database db) {
    return db.execute("PRAGMA query_only = ON").and_then([&] { return check_integrity(db); });
  });
}

result<void> check_keyed_file(checked_keyed_file& file, const finding_function& find) {
  std::error_code none;
  file.bytes = std::filesystem::file_size(file.path, none);
  auto opened = database::open(file.path, if_missing::refuse);
  if (!opened)
    return tl::unexpected(opened.error());
  // One transaction: whatever is written meanwhile, all that is read fits together.
  if (auto begun = opened->execute("PRAGMA query_only = ON; BEGIN"); !begun)
    return begun;
  if (auto sound = check_integrity(*opened); !sound)
    return sound;
  auto version = read_version(*opened, cell_format());
  if (!version)
    return tl::unexpected(version.error());
  file.version = *version;
  // 0: its first start was not finished, and nothing is in it.
  if (*version != cell_format().version())
    return {};
  auto whole = is_whole(*opened, find);
  if (!whole || !*whole)
    return std::move(whole).map([](bool) {});
  if (auto counted = count_faults(*opened, find); !counted)
    return counted;
  auto store = open_cell_store_for_reading(std::move(*opened));
  if (!store)
    return tl::unexpected(store.error());
  file.node_id = store->node_id;
  return read_all(*store->store, file, find);
}

} // namespace lockstep::sqlite
