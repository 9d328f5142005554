#include "persistence/sqlite/schema.hpp"

#include "model/in_quotes.hpp"
#include "model/routing/shard_layout.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace lockstep::sqlite {

namespace {

/// Marks a SQLite file as ours ("LSTP"). Part of the format on disk.
constexpr std::int64_t application_id = 0x4C535450;

/// Migration n brings a store from version n to n + 1. Part of the format on disk: append only.
///
/// Names of specifications, states and actions are kept once and referred to by number. An
/// identifier is its canonical external term format. Times are microseconds since 1970 in UTC. For
/// the numbers in `store` see `store_label`.
constexpr std::array migrations = {
    R"(
    CREATE TABLE store (
      shard INTEGER NOT NULL,
      distribution_factor INTEGER NOT NULL
    );
    CREATE TABLE name (
      id INTEGER PRIMARY KEY,
      text TEXT NOT NULL UNIQUE
    );
    CREATE TABLE instance (
      id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice: a listing's cursor
      identifier BLOB NOT NULL UNIQUE,
      specification INTEGER NOT NULL,
      meta BLOB NOT NULL,
      state INTEGER NOT NULL,
      steps INTEGER NOT NULL,
      last_step_at INTEGER NOT NULL,
      deadline INTEGER,                     -- null: none, or reported already
      times_late INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX instance_deadline ON instance (deadline) WHERE deadline IS NOT NULL;
    CREATE TABLE step (
      instance INTEGER NOT NULL,
      number INTEGER NOT NULL,
      action INTEGER NOT NULL,
      state INTEGER NOT NULL,
      at INTEGER NOT NULL,
      verdict INTEGER NOT NULL,
      PRIMARY KEY (instance, number)
    ) WITHOUT ROWID;
    CREATE INDEX step_deviation ON step (instance, number) WHERE verdict >= 2;
    CREATE TABLE operation (
      id BLOB PRIMARY KEY,
      step INTEGER NOT NULL,
      verdict INTEGER NOT NULL,
      at INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE model (
      specification INTEGER PRIMARY KEY,
      learning INTEGER NOT NULL
    );
    CREATE TABLE model_transition (
      specification INTEGER NOT NULL,
      source INTEGER NOT NULL,              -- 0: no state
      action INTEGER NOT NULL,
      target INTEGER NOT NULL,
      PRIMARY KEY (specification, source, action, target)
    ) WITHOUT ROWID;
  )",
    R"(
    ALTER TABLE operation ADD COLUMN identifier BLOB; -- null: not kept by version 1
    CREATE TABLE departed (                           -- long histories still to be deleted
      instance INTEGER PRIMARY KEY
    );
    CREATE TABLE specification (                      -- declared while the node ran
      name TEXT PRIMARY KEY,
      declaration TEXT NOT NULL
    ) WITHOUT ROWID;
  )",
    R"(
    CREATE INDEX operation_at ON operation (at);      -- forgotten in this order
    CREATE TABLE quarantine (
      identifier BLOB PRIMARY KEY,
      reason TEXT NOT NULL,
      at INTEGER NOT NULL
    ) WITHOUT ROWID;
    ALTER TABLE store ADD COLUMN commits INTEGER NOT NULL DEFAULT 0; -- so many batches are stored

    -- Steps are appended, whosever they are; each knows the one before of its instance.
    CREATE TABLE appended_step (
      seq INTEGER PRIMARY KEY,
      instance INTEGER NOT NULL,
      number INTEGER NOT NULL,
      previous INTEGER NOT NULL,            -- smaller than seq; 0: none
      action INTEGER NOT NULL,
      state INTEGER NOT NULL,
      at INTEGER NOT NULL,
      verdict INTEGER NOT NULL
    );
    INSERT INTO appended_step
      SELECT seq, instance, number, iif(number = 1, 0, seq - 1), action, state, at, verdict
      FROM (SELECT *, row_number() OVER (ORDER BY instance, number) AS seq FROM step);
    CREATE TABLE last_step (
      instance INTEGER PRIMARY KEY,
      seq INTEGER NOT NULL
    );
    INSERT INTO last_step SELECT instance, max(seq) FROM appended_step GROUP BY instance;
    ALTER TABLE instance ADD COLUMN last_step INTEGER NOT NULL DEFAULT 0; -- 0: no steps
    UPDATE instance SET last_step = l.seq FROM last_step l WHERE l.instance = instance.id;
    ALTER TABLE departed ADD COLUMN last_step INTEGER NOT NULL DEFAULT 0; -- where deleting goes on
    UPDATE departed SET last_step = l.seq FROM last_step l WHERE l.instance = departed.instance;
    DROP TABLE last_step;
    DROP TABLE step;
    ALTER TABLE appended_step RENAME TO step;
    CREATE INDEX step_deviation ON step (instance, number) WHERE verdict >= 2;
  )",
    R"(
    ALTER TABLE store ADD COLUMN routing TEXT NOT NULL DEFAULT 'modulo'; -- see routing_strategy
  )",
};

/// What every store has; the rest only those that need it.
constexpr int common_migrations = 3;
constexpr int first_version_with_routing = 4;

/// Is this file a store of ours that we can read, or empty?
/// @returns its version; 0 for a new file.
result<std::int64_t> checked_version(database& db) {
  auto tables = db.query_number("SELECT count(*) FROM sqlite_master");
  if (!tables)
    return tables;
  auto id = db.query_number("PRAGMA application_id");
  if (!id)
    return id;
  if (*tables != 0 && *id != application_id)
    return fail(ec::store_failure,
                db.path().string()
                    + " is a SQLite database, but not a Lockstep store; choose another store-dir");
  auto version = db.query_number("PRAGMA user_version");
  if (version && *version < 0)
    return fail(ec::store_failure, db.path().string() + " has schema version "
                                       + std::to_string(*version)
                                       + ", which no Lockstep wrote; restore it from a backup");
  if (version && *version > newest_schema_version())
    return fail(ec::store_too_new, db.path().string() + " has schema version "
                                       + std::to_string(*version)
                                       + ", but this program knows only up to "
                                       + std::to_string(newest_schema_version())
                                       + "; use the newer Lockstep that wrote it");
  return version;
}

/// Within a transaction.
result<void> migrate(database& db, std::int64_t from, std::int64_t to) {
  for (auto next = from; next < to; ++next)
    if (auto done = db.execute(migrations[static_cast<std::size_t>(next)]); !done)
      return done;
  auto numbers = "PRAGMA application_id = " + std::to_string(application_id)
                 + "; PRAGMA user_version = " + std::to_string(to);
  return db.execute(numbers.c_str());
}

/// Within a transaction. @param version Of the tables.
result<void> set_division(database& db, std::int64_t version, std::int64_t division,
                          routing_strategy routing) {
  auto update = "UPDATE store SET distribution_factor = " + std::to_string(division);
  if (division > 0 && routing != routing_strategy::modulo && version < first_version_with_routing) {
    if (auto done = migrate(db, version, first_version_with_routing); !done)
      return done;
    version = first_version_with_routing;
  }
  if (division > 0 && version >= first_version_with_routing)
    update.append(", routing = '").append(to_string(routing)).append("'");
  return db.execute(update.c_str());
}

result<void> update_tables(database& db, std::int64_t version, std::uint32_t shard,
                           std::int64_t division, routing_strategy routing) {
  auto change = transaction::begin(db);
  if (!change)
    return tl::unexpected(change.error());
  if (auto done = migrate(db, version, schema_version()); !done)
    return done;
  if (version == 0) {
    auto own =
        "INSERT INTO store (shard, distribution_factor) VALUES (" + std::to_string(shard) + ", 0)";
    if (auto done = db.execute(own.c_str()); !done)
      return done;
    if (auto done = set_division(db, schema_version(), division, routing); !done)
      return done;
  }
  return change->commit();
}

/// The store's strategy. Errors: `store_too_new` for one that this program does not know.
result<routing_strategy> read_routing(database& db, std::int64_t version) {
  if (version < first_version_with_routing)
    return routing_strategy::modulo;
  auto row = db.prepare("SELECT routing FROM store");
  if (!row)
    return tl::unexpected(row.error());
  if (auto found = row->next(); !found)
    return tl::unexpected(found.error());
  const auto name = row->text(0);
  if (auto known = parse_routing_strategy(name); known && shard_layout::divides_instances(*known))
    return *known;
  return fail(ec::store_too_new, db.path().string() + " is divided by " + in_quotes(name)
                                     + ", which this program does not know; use the newer Lockstep "
                                       "that wrote it");
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

result<void> check_identity(const store_label& label, const store_identity& identity,
                            const std::filesystem::path& file) {
  const auto own = std::to_string(label.division);
  const auto strategy = std::string(to_string(label.routing));
  if (label.division <= 0)
    return fail(ec::invalid_configuration,
                file.string() + " is being redistributed; start the node once to finish that");
  if (label.division != identity.distribution_factor)
    return fail(ec::invalid_configuration,
                file.string() + " was made with distribution-factor " + own + ", not "
                    + std::to_string(identity.distribution_factor)
                    + "; start with distribution-factor " + own
                    + ", redistribute the folder or choose another store-dir");
  if (label.routing != identity.routing)
    return fail(ec::invalid_configuration,
                file.string() + " was divided by " + strategy + ", not by "
                    + std::string(to_string(identity.routing)) + "; start with routing " + strategy
                    + ", redistribute the folder or choose another store-dir");
  if (label.shard != identity.shard)
    return store_of_another_shard(file, label.shard, identity.shard);
  return {};
}

} // namespace

int schema_version() noexcept { return common_migrations; }

int newest_schema_version() noexcept { return static_cast<int>(migrations.size()); }

tl::unexpected<failure> store_of_another_shard(const std::filesystem::path& file,
                                               std::int64_t shard, std::int64_t expected) {
  return fail(ec::invalid_configuration,
              file.string() + " is the store of shard " + std::to_string(shard) + ", not of shard "
                  + std::to_string(expected) + "; put the files back under their own names");
}

result<store_label> read_label(database& db) {
  auto version = checked_version(db);
  if (!version || *version == 0)
    return std::move(version).map([](auto) { return store_label{}; });
  auto shard = db.query_number("SELECT shard FROM store");
  if (!shard)
    return tl::unexpected(shard.error());
  auto division = db.query_number("SELECT distribution_factor FROM store");
  if (!division)
    return tl::unexpected(division.error());
  return read_routing(db, *version).map([&](routing_strategy routing) {
    return store_label{*version, *shard, *division, routing};
  });
}

result<void> update_schema(database& db, std::uint32_t shard, std::int64_t division,
                           routing_strategy routing) {
  if (db.is_read_only())
    return fail(ec::store_failure,
                db.path().string()
                    + " can only be read, but a store is written; check the file's permissions and "
                      "how its file system is mounted, or choose another store-dir");
  auto version = checked_version(db);
  if (!version)
    return tl::unexpected(version.error());
  // A commit returns after its fsync; readers and the writer do not block each other. The journal
  // of the change to WAL must not come back after a power cut: EXTRA syncs its removal.
  if (auto set = db.execute("PRAGMA synchronous = EXTRA; PRAGMA journal_mode = WAL; "
                            "PRAGMA synchronous = FULL");
      !set)
    return set;
  if (auto rewritten = db.rewrite_log(); !rewritten)
    return rewritten;
  return *version < schema_version() ? update_tables(db, *version, shard, division, routing)
                                     : result<void>{};
}

result<std::vector<std::string>> missing_parts(database& db) {
  auto parts = parts_of(db);
  auto whole = database::open(":memory:");
  if (!parts || !whole)
    return tl::unexpected(parts ? whole.error() : parts.error());
  for (const auto* migration : migrations)
    if (auto done = whole->execute(migration); !done)
      return tl::unexpected(done.error());
  return parts_of(*whole).map([&](const std::vector<std::string>& all) {
    std::vector<std::string> missing;
    std::ranges::set_difference(all, *parts, std::back_inserter(missing));
    return missing;
  });
}

result<void> write_division(database& db, std::int64_t division, routing_strategy routing) {
  auto version = checked_version(db);
  if (!version)
    return tl::unexpected(version.error());
  auto change = transaction::begin(db);
  if (!change)
    return tl::unexpected(change.error());
  if (auto done = set_division(db, *version, division, routing); !done)
    return done;
  return change->commit();
}

result<void> prepare_schema(database& db, const store_identity& identity) {
  if (auto updated =
          update_schema(db, identity.shard, identity.distribution_factor, identity.routing);
      !updated)
    return updated;
  return read_label(db).and_then(
      [&](const store_label& label) { return check_identity(label, identity, db.path()); });
}

} // namespace lockstep::sqlite
