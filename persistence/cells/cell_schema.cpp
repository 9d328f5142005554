#include "persistence/cells/cell_schema.hpp"

#include "model/term/external_term_format.hpp"
#include "model/term/term_text.hpp"

#include <array>
#include <utility>

namespace lockstep::sqlite {

namespace {

/// "LSTK". Part of the format on disk.
constexpr std::int64_t application_id = 0x4C53544B;

/// Migration n brings a file from version n to n + 1. Part of the format on disk: append only.
///
/// `node_id`, keys and values are in canonical external term format.
constexpr std::array migrations = {
    R"(
    CREATE TABLE store (
      node_id BLOB NOT NULL,
      strategy TEXT NOT NULL DEFAULT '',    -- empty: never started
      commits INTEGER NOT NULL DEFAULT 0    -- so many changes are stored
    );
    CREATE TABLE shard (                    -- the key map
      id INTEGER PRIMARY KEY,
      key BLOB NOT NULL UNIQUE,
      watermark INTEGER NOT NULL DEFAULT 0,
      horizon INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE slot (
      shard INTEGER NOT NULL,
      cell BLOB NOT NULL,
      height INTEGER NOT NULL,
      value BLOB,                           -- null: reserved
      PRIMARY KEY (shard, cell, height)
    ) WITHOUT ROWID;
  )",
    // Empty: none yet, or the store has no list of its files.
    "ALTER TABLE store ADD COLUMN identity TEXT NOT NULL DEFAULT ''",
    R"(
    ALTER TABLE shard ADD COLUMN operation_id TEXT NOT NULL DEFAULT '';  -- of its start
    CREATE TABLE call (
      shard INTEGER NOT NULL,
      operation_id TEXT NOT NULL,
      kind INTEGER NOT NULL,                -- cell_call::kind
      cell BLOB NOT NULL,                   -- empty: the shard's watermark
      height INTEGER NOT NULL,
      PRIMARY KEY (shard, operation_id)
    ) WITHOUT ROWID;
    CREATE INDEX call_height ON call (shard, height);
  )",
};

constexpr file_format format{application_id, "a Lockstep store of keyed shards",
                             "move it out of the store's folder", migrations};

} // namespace

const file_format& cell_format() noexcept { return format; }

result<cell_label> read_cell_label(database& db) {
  auto version = read_version(db, format);
  if (!version)
    return tl::unexpected(version.error());
  auto row = db.prepare(*version < 2 ? "SELECT node_id FROM store"
                                     : "SELECT node_id, identity FROM store");
  if (!row)
    return tl::unexpected(row.error());
  auto more = row->next();
  if (!more)
    return tl::unexpected(more.error());
  auto node_id = *more ? decode_etf(row->bytes(0)) : result<term>{fail(ec::invalid_term, "none")};
  if (!node_id)
    return fail(ec::store_failure, db.path().string() + " does not say whose keyed shards it has ("
                                       + node_id.error().message + "); restore it from a backup");
  return cell_label{std::move(*node_id), *version < 2 ? std::string{} : row->text(1)};
}

result<void> prepare_cell_schema(database& db, const cell_label& wanted) {
  const auto label = [&](database& made) -> result<void> {
    const auto bytes = encode_etf(wanted.node_id);
    return made.prepare("INSERT INTO store (node_id, identity) VALUES (?1, ?2)")
        .and_then([&](statement insert) {
          return insert.bind(statement::blob(bytes), wanted.identity).run();
        });
  };
  if (auto updated = bring_up_to_date(db, format, label); !updated)
    return updated;
  auto found = read_cell_label(db);
  if (!found)
    return tl::unexpected(found.error());
  if (found->node_id != wanted.node_id)
    return fail(ec::invalid_configuration, db.path().string() + " has the keyed shards of "
                                               + to_text(found->node_id) + ", not those of "
                                               + to_text(wanted.node_id)
                                               + "; put the files back under their own names");
  if (!found->identity.empty() || wanted.identity.empty())
    return {};
  return db.prepare("UPDATE store SET identity = ?1").and_then([&](statement update) {
    return update.bind(wanted.identity).run();
  });
}

} // namespace lockstep::sqlite
