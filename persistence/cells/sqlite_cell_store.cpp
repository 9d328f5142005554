#include "persistence/cells/sqlite_cell_store.hpp"

#include "model/term/external_term_format.hpp"
#include "persistence/cells/call_table.hpp"
#include "persistence/cells/cell_rows.hpp"
#include "persistence/cells/cell_schema.hpp"
#include "persistence/durable_folder.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>
#include <variant>

namespace lockstep::sqlite {

namespace {

/// What the store asks or tells its file.
struct wanted_statement {
  statement* target;
  const char* sql;
  /// The first version of the files that have what it is about.
  std::int64_t since = 1;
};

class sqlite_cell_store final : public counting_cell_store {
public:
  sqlite_cell_store(database db, term node_id) : db_(std::move(db)), node_id_(std::move(node_id)) {}

  /// @param version Of the file. An older one is only read: what changes something fails before
  ///                it comes to a statement that is not there.
  result<void> prepare(std::int64_t version) {
    const wanted_statement statements[] = {
        {&count_commit_, "UPDATE store SET commits = commits + 1"},
        {&reserve_, "INSERT INTO slot (shard, cell, height) VALUES (?1, ?2, ?3) "
                    "ON CONFLICT DO NOTHING"},
        {&write_, "INSERT INTO slot (shard, cell, height, value) VALUES (?1, ?2, ?3, ?4) "
                  "ON CONFLICT DO UPDATE SET value = excluded.value"},
        {&free_, "DELETE FROM slot WHERE shard = ?1 AND cell = ?2 AND height = ?3"},
        {&drop_, "DELETE FROM slot WHERE shard = ?1 AND cell = ?2 AND height < ?3"},
        {&mark_, "UPDATE shard SET watermark = ?2, horizon = ?3 WHERE id = ?1"},
        {&marks_, "SELECT watermark, horizon FROM shard WHERE id = ?1"},
        {&slots_, "SELECT cell, height, value FROM slot WHERE shard = ?1 ORDER BY cell, height"},
        {&add_shard_,
         "INSERT INTO shard (key, operation_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
         version_with_calls},
        {&added_by_, "SELECT operation_id FROM shard WHERE key = ?1", version_with_calls},
        {&strategy_, "SELECT strategy FROM store"},
        {&set_strategy_, "UPDATE store SET strategy = ?1"},
        {&shards_, "SELECT id, key FROM shard"},
    };
    for (const auto& [target, sql, since] : statements) {
      if (version < since)
        continue;
      auto prepared = db_.prepare(sql);
      if (!prepared)
        return tl::unexpected(prepared.error());
      *target = std::move(*prepared);
    }
    if (version >= version_with_calls) {
      auto calls = call_table::open(db_);
      if (!calls)
        return tl::unexpected(calls.error());
      calls_ = std::move(*calls);
    }
    return read_shards().map([this](std::vector<std::pair<shard_key, std::int64_t>> shards) {
      ids_ = {std::make_move_iterator(shards.begin()), std::make_move_iterator(shards.end())};
    });
  }

  // -- what `reopened` asks -----------------------------------------------------------------------

  result<std::uint64_t> commits() override {
    return db_.query_number("SELECT commits FROM store").map([](std::int64_t count) {
      return static_cast<std::uint64_t>(count);
    });
  }

  [[nodiscard]] bool leaves_doubt(const failure& reason) const override {
    return sqlite::leaves_doubt(reason);
  }

  void leave_as_it_is() override { db_.clear_log_on_close(false); }

  [[nodiscard]] bool wants_to_be_reopened() const override { return db_.wants_to_be_reopened(); }

  // -- cells --------------------------------------------------------------------------------------

  result<void> commit(const cell_batch& changes) override {
    auto alone = transaction::begin(db_);
    if (!alone)
      return tl::unexpected(alone.error());
    shard_marks marks;
    for (const auto& [shard, change] : changes) {
      const auto id = ids_.find(shard);
      if (id == ids_.end())
        return shard_not_in_key_map(node_id_, shard);
      if (const auto* moved = std::get_if<set_marks>(&change)) {
        auto highest_so_far = highest_of(id->second, marks);
        if (!highest_so_far)
          return tl::unexpected(highest_so_far.error());
        auto& highest = **highest_so_far;
        // At once: what comes behind may take the place of a call that is forgotten.
        if (moved->horizon > highest.horizon)
          if (auto done = calls_->forget(id->second, moved->horizon); !done)
            return done;
        highest.watermark = std::max(highest.watermark, moved->watermark);
        highest.horizon = std::max(highest.horizon, moved->horizon);
        continue;
      }
      if (auto done = std::visit([&](const auto& one) { return write(id->second, one); }, change);
          !done)
        return done;
    }
    for (const auto& [id, moved] : marks)
      if (auto done = write(id, moved); !done)
        return done;
    return finish(*alone);
  }

  result<cell_contents> load(const shard_key& shard) override {
    cell_contents contents;
    const auto id = ids_.find(shard);
    if (id == ids_.end())
      return contents;
    auto marks = marks_of(id->second);
    if (!marks)
      return tl::unexpected(marks.error());
    contents.watermark = marks->watermark;
    contents.horizon = marks->horizon;
    slots_.bind(id->second);
    std::string cell;
    cell_key last;
    auto* slots = static_cast<std::map<std::uint64_t, std::optional<term>>*>(nullptr);
    auto read = each(slots_, [&]() -> result<void> {
      if (slots == nullptr || slots_.bytes(0) != cell) {
        cell = slots_.bytes(0);
        auto key = read_key(db_, cell, [&] { return "shard " + to_text(shard); });
        if (!key)
          return tl::unexpected(key.error());
        slots = &contents.cells[*key];
        last = std::move(*key);
      }
      const auto height = static_cast<std::uint64_t>(slots_.number(1));
      auto& slot = (*slots)[height];
      if (slots_.is_null(2))
        return {};
      auto value = decode_etf(slots_.bytes(2));
      if (!value)
        return damaged(db_, "value", value.error().message,
                       "height " + std::to_string(height) + " of cell " + to_text(last)
                           + " in shard " + to_text(shard));
      slot = std::move(*value);
      return {};
    });
    if (!read)
      return tl::unexpected(read.error());
    if (!calls_)
      return contents;
    return calls_->load(db_, id->second, to_text(shard)).map([&](auto calls) {
      contents.calls = std::move(calls);
      return std::move(contents);
    });
  }

  // -- key map ------------------------------------------------------------------------------------

  result<key_map> shard_key_map() override {
    auto strategy = read_strategy();
    if (!strategy)
      return tl::unexpected(strategy.error());
    return read_shards().map([&](std::vector<std::pair<shard_key, std::int64_t>> shards) {
      key_map map{std::move(*strategy), {}};
      for (auto& [key, id] : shards) {
        auto name = keyed_shard_name(node_id_, key);
        map.shards.push_back({std::move(key), std::move(name)});
      }
      std::ranges::sort(map.shards, {}, &key_map_entry::key);
      return map;
    });
  }

  result<void> populate_key_map(const std::string& strategy,
                                const std::vector<new_shard>& shards) override {
    auto alone = transaction::begin(db_);
    if (!alone)
      return tl::unexpected(alone.error());
    auto stored = read_strategy();
    if (!stored)
      return tl::unexpected(stored.error());
    if (!stored->empty() && *stored != strategy)
      return another_strategy(node_id_, *stored, strategy);
    if (auto set = set_strategy_.bind(strategy).run(); !set)
      return set;
    std::vector<std::pair<shard_key, std::int64_t>> added;
    for (const auto& one : shards) {
      auto id = add(one, {});
      if (!id)
        return tl::unexpected(id.error());
      if (*id)
        added.emplace_back(one.key, **id);
    }
    return finish(*alone).map([&] { ids_.insert(added.begin(), added.end()); });
  }

  result<void> add_to_key_map(const new_shard& shard) override {
    auto alone = transaction::begin(db_);
    if (!alone)
      return tl::unexpected(alone.error());
    auto id = add(shard, shard.operation_id);
    if (!id)
      return tl::unexpected(id.error());
    if (*id)
      return finish(*alone).map([&] { ids_.emplace(shard.key, **id); });
    return added_by(shard.key).and_then([&](const std::string& operation_id) -> result<void> {
      if (operation_id.empty() || operation_id != shard.operation_id)
        return shard_in_key_map(node_id_, shard.key);
      return finish(*alone); // a change that succeeds is counted, see `reopened`
    });
  }

private:
  /// The highest of each shard, by its number.
  using shard_marks = std::unordered_map<std::int64_t, set_marks>;

  result<set_marks> marks_of(std::int64_t shard) {
    return marks_.bind(shard).next().map([this](bool found) {
      set_marks stored;
      if (found) {
        stored.watermark = static_cast<std::uint64_t>(marks_.number(0));
        stored.horizon = static_cast<std::uint64_t>(marks_.number(1));
        marks_.reset();
      }
      return stored;
    });
  }

  /// Those of a shard among some; at first what is stored.
  result<set_marks*> highest_of(std::int64_t shard, shard_marks& marks) {
    const auto found = marks.find(shard);
    if (found != marks.end())
      return &found->second;
    return marks_of(shard).map(
        [&](set_marks stored) { return &marks.emplace(shard, stored).first->second; });
  }

  result<void> write(std::int64_t shard, const reserve_slot& one) {
    const auto cell = bytes_of(one.key);
    return reserve_.bind(shard, statement::blob(cell), one.height).run();
  }
  result<void> write(std::int64_t shard, const write_slot& one) {
    const auto cell = bytes_of(one.key);
    const auto value = encode_etf(one.value);
    return write_.bind(shard, statement::blob(cell), one.height, statement::blob(value)).run();
  }
  result<void> write(std::int64_t shard, const free_slot& one) {
    const auto cell = bytes_of(one.key);
    return free_.bind(shard, statement::blob(cell), one.height).run();
  }
  result<void> write(std::int64_t shard, const drop_versions& one) {
    const auto cell = bytes_of(one.key);
    return drop_.bind(shard, statement::blob(cell), one.below).run();
  }
  result<void> write(std::int64_t shard, const set_marks& one) {
    return mark_.bind(shard, one.watermark, one.horizon).run();
  }
  result<void> write(std::int64_t shard, const remember_call& one) {
    return calls_->remember(shard, one);
  }

  /// The operation id under which a shard was added; empty: none.
  result<std::string> added_by(const shard_key& shard) {
    const auto key = bytes_of(shard);
    return added_by_.bind(statement::blob(key)).next().map([this](bool found) {
      auto operation_id = found ? added_by_.text(0) : std::string{};
      added_by_.reset();
      return operation_id;
    });
  }

  /// @returns its number; nothing if it is there already.
  result<std::optional<std::int64_t>> add(const new_shard& shard, const std::string& operation_id) {
    const auto key = bytes_of(shard.key);
    if (auto added = add_shard_.bind(statement::blob(key), operation_id).run(); !added)
      return tl::unexpected(added.error());
    if (db_.changed_rows() == 0)
      return std::nullopt;
    const auto id = db_.last_insert_rowid();
    if (shard.initial_value)
      if (auto written = write(id, write_slot{shard.key, 0, *shard.initial_value}); !written)
        return tl::unexpected(written.error());
    return id;
  }

  result<void> finish(transaction& alone) {
    return count_commit_.run().and_then([&] { return alone.commit(); });
  }

  result<std::string> read_strategy() {
    return strategy_.next().map([this](bool found) {
      auto text = found ? strategy_.text(0) : std::string{};
      strategy_.reset();
      return text;
    });
  }

  result<std::vector<std::pair<shard_key, std::int64_t>>> read_shards() {
    std::vector<std::pair<shard_key, std::int64_t>> shards;
    auto read = each(shards_, [&] {
      const auto number = [this] {
        return "row " + std::to_string(shards_.number(0)) + " of its key map";
      };
      return read_key(db_, shards_.bytes(1), number).map([&](shard_key key) {
        shards.emplace_back(std::move(key), shards_.number(0));
      });
    });
    if (!read)
      return tl::unexpected(read.error());
    return shards;
  }

  // In this order: statements go before their database.
  database db_;
  term node_id_;
  std::unordered_map<shard_key, std::int64_t> ids_;
  statement count_commit_;
  statement reserve_;
  statement write_;
  statement free_;
  statement drop_;
  statement mark_;
  statement marks_;
  statement slots_;
  statement add_shard_;
  statement added_by_;
  statement strategy_;
  statement set_strategy_;
  statement shards_;
  /// Nothing: the file is older.
  std::optional<call_table> calls_;
};

result<std::unique_ptr<counting_cell_store>> prepared_store(database db, term node_id,
                                                            std::int64_t version) {
  auto store = std::make_unique<sqlite_cell_store>(std::move(db), std::move(node_id));
  if (auto ready = store->prepare(version); !ready)
    return tl::unexpected(ready.error());
  return store;
}

} // namespace

result<std::unique_ptr<counting_cell_store>> open_cell_store(database db, const term& node_id) {
  if (auto ready = prepare_cell_schema(db, {node_id, {}}); !ready)
    return tl::unexpected(ready.error());
  return prepared_store(std::move(db), node_id, cell_format().version());
}

result<std::unique_ptr<cell_store>> open_cell_store(const std::filesystem::path& file,
                                                    const term& node_id) {
  if (auto made = make_durable_folder(file.parent_path()); !made)
    return tl::unexpected(made.error());
  // A file that has gone since was lost, and is not replaced by an empty one.
  const auto open = [file, node_id, otherwise = if_missing::create]() mutable {
    auto store = database::open(file, otherwise).and_then([&](database db) {
      return open_cell_store(std::move(db), node_id);
    });
    if (store)
      otherwise = if_missing::refuse;
    return store;
  };
  return reopening_cell_store::open(open);
}

result<opened_cell_store> open_cell_store_for_reading(const std::filesystem::path& file) {
  return database::open(file, if_missing::refuse).and_then([](database db) {
    return open_cell_store_for_reading(std::move(db));
  });
}

result<opened_cell_store> open_cell_store_for_reading(database db) {
  if (auto set = db.execute("PRAGMA query_only = ON"); !set)
    return tl::unexpected(set.error());
  auto version = read_version(db, cell_format());
  if (!version)
    return tl::unexpected(version.error());
  if (*version == 0)
    return fail(ec::store_failure,
                db.path().string() + " is empty; start the node once to fill it");
  auto label = read_cell_label(db);
  if (!label)
    return tl::unexpected(label.error());
  return prepared_store(std::move(db), label->node_id, *version)
      .map([&](std::unique_ptr<cell_store> store) {
        return opened_cell_store{label->node_id, std::move(store)};
      });
}

} // namespace lockstep::sqlite
