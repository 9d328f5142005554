#include "persistence/sqlite/store_compaction.hpp"

#include "persistence/cells/cell_schema.hpp"
#include "persistence/cells/keyed_inventory.hpp"
#include "persistence/sqlite/store_check.hpp"
#include "persistence/store_lock.hpp"

#include <string>
#include <system_error>
#include <vector>

namespace lockstep::sqlite {

namespace {

namespace fs = std::filesystem;

/// With its write-ahead log.
std::uintmax_t bytes_of(const fs::path& file) {
  std::uintmax_t all = 0;
  for (const auto* part : {"", "-wal"}) {
    auto path = file;
    path += part;
    std::error_code none;
    if (auto bytes = fs::file_size(path, none); !none)
      all += bytes;
  }
  return all;
}

result<void> check_space(const fs::path& file) {
  const auto needed = 2 * bytes_of(file);
  std::error_code error;
  const auto space = fs::space(file.parent_path(), error);
  if (error || space.available >= needed)
    return {};
  return fail(ec::store_failure, "to compact " + file.string() + " may take "
                                     + std::to_string(needed) + " bytes for a time, but only "
                                     + std::to_string(space.available)
                                     + " are free there; make room and start again");
}

/// Brings what is in the write-ahead log into the file, and empties the log.
result<void> empty_log(database& db) {
  auto busy = db.may_move_log() ? db.query_number("PRAGMA wal_checkpoint(TRUNCATE)") : 1;
  if (!busy)
    return tl::unexpected(busy.error());
  if (*busy != 0)
    return fail(ec::store_failure, db.path().string()
                                       + " is being read by another process; end that and start "
                                         "again");
  return {};
}

result<database> open_for_writing(const fs::path& path) {
  return database::open(path, if_missing::refuse).and_then([](database db) -> result<database> {
    if (db.is_read_only())
      return fail(ec::store_failure,
                  db.path().string()
                      + " can only be read, but would be written; check who may write "
                        "there and how its file system is mounted");
    return db;
  });
}

/// Is the store whole, and may it be written?
/// @returns the files that hold something.
result<std::vector<fs::path>> check_whole(const fs::path& folder) {
  auto files = files_of_store(folder);
  auto keyed = files ? sound_inventory(folder) : tl::unexpected(files.error());
  if (!keyed)
    return tl::unexpected(keyed.error());
  store_labels labels;
  for (const auto& [shard, path] : *files) {
    auto label = open_for_writing(path).and_then([](database db) { return read_label(db); });
    if (!label)
      return tl::unexpected(label.error());
    labels.emplace(shard, *label);
  }
  for (const auto& [path, label] : keyed->files)
    if (auto version = open_for_writing(path).and_then(
            [](database db) { return read_version(db, cell_format()); });
        !version)
      return tl::unexpected(version.error());
  return check_division(folder, labels).map([&](std::uint32_t divided) {
    std::vector<fs::path> all;
    for (std::uint32_t shard = 1; shard <= divided; ++shard)
      all.push_back(files->at(shard));
    for (const auto& file : keyed->files)
      all.push_back(file.path);
    return all;
  });
}

result<void> compact(const fs::path& file) {
  auto db = database::open(file, if_missing::refuse);
  if (!db)
    return tl::unexpected(db.error());
  return db->rewrite_log()
      .and_then([&] { return empty_log(*db); })
      .and_then([&] { return check_space(file); })
      .and_then([&] { return db->execute("PRAGMA synchronous = FULL; VACUUM"); })
      .and_then([&] { return empty_log(*db); });
}

} // namespace

result<std::vector<compacted_file>> compact_store(const fs::path& folder,
                                                  const files_done& progress) {
  if (auto files = files_of_store(folder); !files)
    return tl::unexpected(files.error());
  if (auto holder = store_lock::holder(folder))
    return fail(ec::store_failure, "process " + holder->process + " has the store "
                                       + folder.string()
                                       + " open; stop that node before its store is compacted");
  auto lock = store_lock::acquire(folder);
  if (!lock)
    return tl::unexpected(lock.error());
  auto files = check_whole(folder);
  if (!files)
    return tl::unexpected(files.error());
  std::vector<compacted_file> all;
  for (const auto& path : *files) {
    const auto before = bytes_of(path);
    if (auto done = compact(path); !done)
      return tl::unexpected(done.error());
    all.push_back({path, before, bytes_of(path)});
    if (progress)
      progress(all.size(), files->size());
  }
  return all;
}

} // namespace lockstep::sqlite
