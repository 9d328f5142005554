#include "persistence/sqlite/sqlite_store.hpp"

#include "model/term/external_term_format.hpp"
#include "persistence/sqlite/change_writer.hpp"
#include "persistence/sqlite/database.hpp"
#include "persistence/sqlite/departed_histories.hpp"
#include "persistence/sqlite/lagging_rows.hpp"
#include "persistence/sqlite/names.hpp"
#include "persistence/sqlite/row_reader.hpp"
#include "persistence/sqlite/schema.hpp"
#include "persistence/sqlite/store_overview.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <system_error>

namespace lockstep::sqlite {

namespace {

/// Who writes to the file of a store.
enum class written_by { this_store, others };

class sqlite_store final : public counting_store {
public:
  sqlite_store(database db, written_by who, const lag_limits& most)
      : db_(std::make_unique<database>(std::move(db))), written_by_(who), lagging_(most) {}

  result<void> prepare() {
    if (auto ready = prepare(find_version_, "PRAGMA data_version"); !ready)
      return ready;
    if (auto ready = load(); !ready)
      return ready;
    if (auto ready = writer_.prepare(*db_, names_, lagging_); !ready)
      return ready;
    if (auto ready = prepare(find_, std::string(select_instance) + " WHERE identifier = ?1");
        !ready)
      return ready;
    if (auto ready = prepare(page_, std::string(select_instance)
                                        + " WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3");
        !ready)
      return ready;
    if (auto ready = prepare(find_last_step_,
                             "SELECT id, steps, last_step FROM instance WHERE identifier = ?1");
        !ready)
      return ready;
    if (auto ready = prepare(history_, "WITH RECURSIVE chain (seq) AS (VALUES (?1) "
                                       "UNION ALL SELECT s.previous FROM step s JOIN chain c "
                                       "ON s.seq = c.seq WHERE s.previous < s.seq) "
                                       "SELECT s.action, s.state, s.at, s.verdict FROM chain "
                                       "JOIN step s USING (seq) WHERE s.instance = ?2 "
                                       "ORDER BY s.number");
        !ready)
      return ready;
    if (auto ready = prepare(find_operation_, std::string(select_operation) + " WHERE id = ?1");
        !ready)
      return ready;
    if (auto ready = prepare(operations_,
                             std::string(select_operation) + " WHERE id > ?1 ORDER BY id LIMIT ?2");
        !ready)
      return ready;
    if (auto ready = prepare(deadlines_, "SELECT deadline, id, identifier FROM instance "
                                         "WHERE deadline >= ?1 AND (deadline, id) >= (?1, ?2) "
                                         "ORDER BY deadline, id LIMIT ?3");
        !ready)
      return ready;
    if (auto ready = prepare(forget_operations_,
                             "DELETE FROM operation WHERE id IN "
                             "(SELECT id FROM operation WHERE at < ?1 ORDER BY at LIMIT ?2)");
        !ready)
      return ready;
    return departed_.prepare(*db_);
  }

  result<std::uint64_t> commits() override {
    return db_->query_number("SELECT commits FROM store").map([](std::int64_t count) {
      return static_cast<std::uint64_t>(count);
    });
  }

  [[nodiscard]] bool leaves_doubt(const failure& reason) const override {
    return sqlite::leaves_doubt(reason);
  }

  void leave_as_it_is() override { db_->clear_log_on_close(false); }

  [[nodiscard]] bool wants_to_be_reopened() const override { return db_->wants_to_be_reopened(); }

  result<void> commit(const batch& changes) override {
    rollback undo{*this};
    return write(changes).map([&] {
      names_.keep();
      lagging_.keep();
      undo.is_needed = false;
    });
  }

  result<std::optional<stored_instance>> find(const term& identifier) override {
    if (auto ready = catch_up(); !ready)
      return tl::unexpected(ready.error());
    auto key = encode_etf(identifier);
    find_.bind(statement::blob(key));
    auto row = find_.next();
    if (!row)
      return tl::unexpected(row.error());
    if (!*row)
      return std::nullopt;
    auto found = rows_.instance(find_);
    find_.reset();
    if (!found)
      return tl::unexpected(found.error());
    return std::move(*found);
  }

  result<std::vector<step>> history(const term& identifier) override {
    if (auto ready = catch_up(); !ready)
      return tl::unexpected(ready.error());
    auto last = find_last_step(identifier);
    if (!last)
      return tl::unexpected(last.error());
    history_.bind(last->seq, last->instance);
    return collect_rows<step>(history_, [this](const statement& row) -> result<step> {
      return step{names_.name_of(row.number(0)), names_.name_of(row.number(1)),
                  to_timestamp(row.number(2)), static_cast<verdict>(row.number(3))};
    });
  }

  result<std::optional<recorded_operation>> find_operation(std::string_view id) override {
    find_operation_.bind(statement::blob(id));
    auto row = find_operation_.next();
    if (!row)
      return tl::unexpected(row.error());
    if (!*row)
      return std::nullopt;
    auto found = rows_.operation(find_operation_);
    find_operation_.reset();
    return std::move(found).map(
        [](stored_operation operation) { return std::optional{std::move(operation.recorded)}; });
  }

  result<std::vector<stored_operation>> operations(std::string_view after,
                                                   std::size_t limit) override {
    operations_.bind(statement::blob(after), static_cast<std::uint64_t>(limit));
    return collect_rows<stored_operation>(
        operations_, [this](const statement& row) { return rows_.operation(row); });
  }

  result<instance_page> page(const page_request& part, const instance_predicate& accept) override {
    if (auto ready = catch_up(); !ready)
      return tl::unexpected(ready.error());
    instance_page page;
    auto visit = std::min<std::uint64_t>(part.visit, std::numeric_limits<std::int64_t>::max() - 1);
    page_.bind(part.from, part.until, visit + 1);
    std::size_t visited = 0;
    for (;;) {
      auto row = page_.next();
      if (!row)
        return tl::unexpected(row.error());
      if (!*row)
        return page;
      if (visited++ == visit || page.instances.size() == part.limit) {
        page.next = static_cast<std::uint64_t>(page_.number(0));
        page_.reset();
        return page;
      }
      auto read = rows_.instance(page_);
      if (!read) {
        page_.reset();
        return tl::unexpected(read.error());
      }
      if (!accept || accept(read->head))
        page.instances.push_back(std::move(*read));
    }
  }

  result<std::uint64_t> last_instance() override {
    return db_
        ->query_number("SELECT coalesce(max(seq), 0) FROM sqlite_sequence "
                       "WHERE name = 'instance'")
        .map([](std::int64_t number) { return static_cast<std::uint64_t>(number); });
  }

  result<bool> forget_operations(timestamp before, std::size_t limit) override {
    forget_operations_.bind(before.time_since_epoch().count(), static_cast<std::uint64_t>(limit));
    return forget_operations_.run().map(
        [&] { return static_cast<std::size_t>(db_->changed_rows()) == limit; });
  }

  result<bool> collect(std::size_t steps) override { return departed_.collect(*db_, steps); }

  result<std::vector<due_instance>> deadlines(const deadline_position& from,
                                              std::size_t limit) override {
    deadlines_.bind(from.at.time_since_epoch().count(), from.number,
                    static_cast<std::uint64_t>(limit));
    return collect_rows<due_instance>(
        deadlines_, [this](const statement& row) -> result<due_instance> {
          return stored_term(*db_, row.bytes(2)).map([&](term identifier) {
            return due_instance{to_timestamp(row.number(0)),
                                static_cast<std::uint64_t>(row.number(1)), std::move(identifier)};
          });
        });
  }

  result<store_summary> summarise(const page_request& part, std::size_t max_deviations) override {
    if (auto ready = catch_up(); !ready)
      return tl::unexpected(ready.error());
    return sqlite::summarise(*db_, names_, lagging_, part, max_deviations);
  }
  result<std::vector<implementation_model>> models() override {
    if (auto ready = catch_up(); !ready)
      return tl::unexpected(ready.error());
    return sqlite::models(*db_, names_);
  }
  result<std::map<std::string, std::string>> specifications() override {
    return sqlite::specifications(*db_);
  }
  result<std::vector<quarantined_instance>> quarantined() override {
    return sqlite::quarantined(*db_);
  }

private:
  result<void> prepare(statement& target, std::string_view sql) {
    auto prepared = db_->prepare(sql);
    if (!prepared)
      return tl::unexpected(prepared.error());
    target = std::move(*prepared);
    return {};
  }

  result<void> write(const batch& changes) {
    auto change = transaction::begin(*db_);
    if (!change)
      return tl::unexpected(change.error());
    if (auto written = writer_.write(changes); !written)
      return written;
    if (auto settled = lagging_.settle_some(); !settled)
      return settled;
    return change->commit();
  }

  struct last_step {
    std::int64_t seq = 0;
    std::uint64_t instance = 0;
  };

  /// Zeros for an unknown instance.
  result<last_step> find_last_step(const term& identifier) {
    auto key = encode_etf(identifier);
    find_last_step_.bind(statement::blob(key));
    auto row = find_last_step_.next();
    if (!row || !*row)
      return row.map([](bool) { return last_step{}; });
    last_step last{find_last_step_.number(2),
                   static_cast<std::uint64_t>(find_last_step_.number(0))};
    if (const auto* at =
            lagging_.ahead_of(last.instance, static_cast<std::uint64_t>(find_last_step_.number(1))))
      last.seq = at->last_step;
    find_last_step_.reset();
    return last;
  }

  /// Reads what is in memory.
  result<void> load() {
    auto version = data_version();
    if (!version)
      return tl::unexpected(version.error());
    auto known = names::load(*db_);
    if (!known)
      return tl::unexpected(known.error());
    names_ = std::move(*known);
    return lagging_.load(*db_).map([&] { loaded_version_ = *version; });
  }

  /// Reads it again if others have written since.
  result<void> catch_up() {
    if (written_by_ == written_by::this_store)
      return {};
    auto version = data_version();
    if (!version || *version == loaded_version_)
      return version.map([](std::int64_t) {});
    return load();
  }

  /// Another number after each commit of another connection.
  result<std::int64_t> data_version() {
    return find_version_.next().map([this](bool) {
      auto version = find_version_.number(0);
      find_version_.reset();
      return version;
    });
  }

  /// At its end nothing counts that belongs to the transaction, unless that was committed.
  struct rollback {
    sqlite_store& store;
    bool is_needed = true;

    ~rollback() {
      if (!is_needed)
        return;
      store.names_.forget_new();
      store.lagging_.forget_new();
    }
  };

  // In this order: statements go before their database. The database has a fixed address, since
  // the others refer to it.
  std::unique_ptr<database> db_;
  written_by written_by_;
  statement find_version_;
  std::int64_t loaded_version_ = 0;
  names names_;
  lagging_rows lagging_;
  row_reader rows_{*db_, names_, lagging_};
  change_writer writer_;
  statement find_;
  statement page_;
  statement find_last_step_;
  statement history_;
  statement find_operation_;
  statement operations_;
  statement deadlines_;
  statement forget_operations_;
  departed_histories departed_;
};

result<std::unique_ptr<counting_store>> open_store(database db, written_by who,
                                                   const lag_limits& most) {
  auto store = std::make_unique<sqlite_store>(std::move(db), who, most);
  if (auto ready = store->prepare(); !ready)
    return tl::unexpected(ready.error());
  return store;
}

} // namespace

result<std::unique_ptr<counting_store>> open_store(const std::filesystem::path& path,
                                                   const store_identity& identity) {
  if (path.has_parent_path()) {
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    if (error)
      return fail(ec::store_failure, "cannot make the folder " + path.parent_path().string() + ": "
                                         + error.message() + "; choose another store-dir");
  }
  auto db = database::open(path);
  if (!db)
    return tl::unexpected(db.error());
  if (auto prepared = prepare_schema(*db, identity); !prepared)
    return tl::unexpected(prepared.error());
  return open_store(std::move(*db), lag_limits::of_each(identity.distribution_factor));
}

result<std::unique_ptr<counting_store>> open_store(database db, const lag_limits& most) {
  return open_store(std::move(db), written_by::this_store, most);
}

result<std::unique_ptr<instance_store>> open_store_for_reading(const std::filesystem::path& path) {
  auto db = database::open(path, if_missing::refuse);
  if (!db)
    return tl::unexpected(db.error());
  if (auto set = db->execute("PRAGMA query_only = ON"); !set)
    return tl::unexpected(set.error());
  auto label = read_label(*db);
  if (!label)
    return tl::unexpected(label.error());
  if (label->version == 0)
    return fail(ec::store_failure, path.string() + " is empty; start the node once to fill it");
  if (label->version < schema_version())
    return fail(ec::store_failure, path.string() + " has schema version "
                                       + std::to_string(label->version) + ", not "
                                       + std::to_string(schema_version())
                                       + "; start the node once to bring it up to date");
  if (label->division <= 0)
    return fail(ec::store_failure,
                path.string() + " is being redistributed; start the node once to finish that");
  return open_store(std::move(*db), written_by::others, {});
}

} // namespace lockstep::sqlite
