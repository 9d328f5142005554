#include "persistence/sqlite/schema.hpp"

#include "model/in_quotes.hpp"
#include "model/routing/shard_layout.hpp"
#include "persistence/sqlite/file_format.hpp"

#include <array>

namespace lockstep::sqlite {

namespace {

/// Marks a SQLite file as ours ("LSTP"). Part of the format on disk.
constexpr std::int64_t application_id = 0x4C535450;

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
    R"(
    -- Steps with a larger `seq` count more than the rows of their instances, see `lagging_rows`.
    ALTER TABLE store ADD COLUMN settled INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE store ADD COLUMN sweep_from INTEGER;  -- what `settled` will be; null: no sweep is on
    ALTER TABLE store ADD COLUMN swept INTEGER NOT NULL DEFAULT 0; -- rows up to this one are
    UPDATE store SET settled = (SELECT coalesce(max(seq), 0) FROM step);
  )",
    R"(
    ALTER TABLE operation ADD COLUMN answered INTEGER NOT NULL DEFAULT 0; -- see step_reply
  )",
};

constexpr std::int64_t first_version_with_routing = 4;

constexpr file_format store_format{application_id, "a Lockstep store", "choose another store-dir",
                                   migrations};

/// How the store is divided. Errors: `store_too_new` for a strategy that this program does not
/// know.
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

int schema_version() noexcept { return static_cast<int>(store_format.version()); }

tl::unexpected<failure> store_of_another_shard(const std::filesystem::path& file,
                                               std::int64_t shard, std::int64_t expected) {
  return fail(ec::invalid_configuration,
              file.string() + " is the store of shard " + std::to_string(shard) + ", not of shard "
                  + std::to_string(expected) + "; put the files back under their own names");
}

result<store_label> read_label(database& db) {
  auto version = read_version(db, store_format);
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
  return bring_up_to_date(db, store_format, [&](database& made) {
    auto own =
        "INSERT INTO store (shard, distribution_factor) VALUES (" + std::to_string(shard) + ", 0)";
    return made.execute(own.c_str()).and_then([&] {
      return write_division(made, division, routing);
    });
  });
}

result<std::vector<std::string>> missing_parts(database& db) {
  return missing_parts(db, store_format);
}

result<void> write_division(database& db, std::int64_t division, routing_strategy routing) {
  auto update = "UPDATE store SET distribution_factor = " + std::to_string(division);
  if (division > 0)
    update.append(", routing = '").append(to_string(routing)).append("'");
  return db.execute(update.c_str());
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
