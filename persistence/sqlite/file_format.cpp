#include "persistence/sqlite/file_format.hpp"

#include <algorithm>
#include <iterator>

namespace lockstep::sqlite {

namespace {

/// SQLite's own are 1,000. A little more work so, but in shorter pieces, for which requests wait.
constexpr int pages_in_log = 250;

result<void> migrate(database& db, const file_format& format, std::int64_t version,
                     const std::function<result<void>(database&)>& label) {
  auto change = transaction::begin(db);
  if (!change)
    return tl::unexpected(change.error());
  for (const auto* migration : format.migrations.subspan(static_cast<std::size_t>(version)))
    if (auto done = db.execute(migration); !done)
      return done;
  auto numbers = "PRAGMA application_id = " + std::to_string(format.application_id)
                 + "; PRAGMA user_version = " + std::to_string(format.version());
  if (auto done = db.execute(numbers.c_str()); !done)
    return done;
  if (version == 0)
    if (auto done = label(db); !done)
      return done;
  return change->commit();
}

/// The names of its tables and indexes, sorted.
result<std::vector<std::string>> parts_of(database& db) {
  auto rows = db.prepare("SELECT type || ' ' || name AS part FROM sqlite_master "
                         "WHERE name NOT LIKE 'sqlite_%' ORDER BY part");
  if (!rows)
    return tl::unexpected(rows.error());
  std::vector<std::string> parts;
  for (;;) {
    auto row = rows->next();
    if (!row)
      return tl::unexpected(row.error());
    if (!*row)
      return parts;
    parts.push_back(rows->text(0));
  }
}

} // namespace

result<std::int64_t> read_version(database& db, const file_format& format) {
  auto tables = db.query_number("SELECT count(*) FROM sqlite_master");
  if (!tables)
    return tables;
  auto id = db.query_number("PRAGMA application_id");
  if (!id)
    return id;
  if (*tables != 0 && *id != format.application_id)
    return fail(ec::store_failure, db.path().string() + " is a SQLite database, but not "
                                       + format.name + "; " + format.advice);
  auto version = db.query_number("PRAGMA user_version");
  if (version && *version < 0)
    return fail(ec::store_failure, db.path().string() + " has schema version "
                                       + std::to_string(*version)
                                       + ", which no Lockstep wrote; restore it from a backup");
  if (version && *version > format.version())
    return fail(ec::store_too_new,
                db.path().string() + " has schema version " + std::to_string(*version)
                    + ", but this program knows only up to " + std::to_string(format.version())
                    + "; use the newer Lockstep that wrote it");
  return version;
}

result<void> bring_up_to_date(database& db, const file_format& format,
                              const std::function<result<void>(database&)>& label) {
  if (db.is_read_only())
    return fail(ec::store_failure,
                db.path().string()
                    + " can only be read, but a store is written; check the file's permissions and "
                      "how its file system is mounted, or choose another store-dir");
  auto version = read_version(db, format);
  if (!version)
    return tl::unexpected(version.error());
  // A commit returns after its fsync; readers and the writer do not block each other. The journal
  // of the change to WAL must not come back after a power cut: EXTRA syncs its removal.
  // A log that grew while somebody read an old state is cut to 4 MiB afterwards: a start reads all
  // of it.
  if (auto set = db.execute("PRAGMA synchronous = EXTRA; PRAGMA journal_mode = WAL; "
                            "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 4194304");
      !set)
    return set;
  if (auto rewritten = db.rewrite_log(); !rewritten)
    return rewritten;
  db.move_log_each(pages_in_log);
  return *version < format.version() ? migrate(db, format, *version, label) : result<void>{};
}

result<std::vector<std::string>> missing_parts(database& db, const file_format& format) {
  auto parts = parts_of(db);
  auto whole = database::open(":memory:");
  if (!parts || !whole)
    return tl::unexpected(parts ? whole.error() : parts.error());
  for (const auto* migration : format.migrations)
    if (auto done = whole->execute(migration); !done)
      return tl::unexpected(done.error());
  return parts_of(*whole).map([&](const std::vector<std::string>& all) {
    std::vector<std::string> missing;
    std::ranges::set_difference(all, *parts, std::back_inserter(missing));
    return missing;
  });
}

} // namespace lockstep::sqlite
