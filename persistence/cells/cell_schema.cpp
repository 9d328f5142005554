#include "persistence/cells/cell_schema.hpp"

#include "model/term/external_term_format.hpp"
#include "model/term/term_text.hpp"

#include <array>

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
};

constexpr file_format format{application_id, "a Lockstep store of keyed shards",
                             "move it out of the store's folder", migrations};

} // namespace

const file_format& cell_format() noexcept { return format; }

result<term> read_node_id(database& db) {
  auto row = db.prepare("SELECT node_id FROM store");
  if (!row)
    return tl::unexpected(row.error());
  auto more = row->next();
  if (!more)
    return tl::unexpected(more.error());
  auto node_id = *more ? decode_etf(row->bytes(0)) : result<term>{fail(ec::invalid_term, "none")};
  if (!node_id)
    return fail(ec::store_failure, db.path().string() + " does not say whose keyed shards it has ("
                                       + node_id.error().message + "); restore it from a backup");
  return node_id;
}

result<void> prepare_cell_schema(database& db, const term& node_id) {
  const auto label = [&](database& made) -> result<void> {
    const auto bytes = encode_etf(node_id);
    return made.prepare("INSERT INTO store (node_id) VALUES (?1)").and_then([&](statement insert) {
      return insert.bind(statement::blob(bytes)).run();
    });
  };
  if (auto updated = bring_up_to_date(db, format, label); !updated)
    return updated;
  auto found = read_node_id(db);
  if (!found)
    return tl::unexpected(found.error());
  if (*found != node_id)
    return fail(ec::invalid_configuration, db.path().string() + " has the keyed shards of "
                                               + to_text(*found) + ", not those of "
                                               + to_text(node_id)
                                               + "; put the files back under their own names");
  return {};
}

} // namespace lockstep::sqlite
