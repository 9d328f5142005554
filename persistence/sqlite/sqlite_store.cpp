#include "persistence/sqlite/sqlite_store.hpp"

#include "model/term/external_term_format.hpp"
#include "persistence/sqlite/change_writer.hpp"
#include "persistence/sqlite/database.hpp"
#include "persistence/sqlite/names.hpp"
#include "persistence/sqlite/schema.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <system_error>

namespace lockstep::sqlite {

namespace {

timestamp to_timestamp(std::int64_t microseconds) { return timestamp{duration{microseconds}}; }

class sqlite_store final : public counting_store {
public:
  explicit sqlite_store(database db) : db_(std::make_unique<database>(std::move(db))) {}

  result<void> prepare() {
    auto known = names::load(*db_);
    if (!known)
      return tl::unexpected(known.error());
    names_ = std::move(*known);
    if (auto ready = writer_.prepare(*db_, names_); !ready)
      return ready;
    if (auto ready = prepare(find_, std::string(select_instance) + " WHERE identifier = ?1");
        !ready)
      return ready;
    if (auto ready = prepare(page_, std::string(select_instance)
                                        + " WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3");
        !ready)
      return ready;
    if (auto ready = prepare(history_, "WITH RECURSIVE chain (seq) AS ("
                                       "SELECT last_step FROM instance WHERE identifier = ?1 "
                                       "UNION ALL SELECT s.previous FROM step s JOIN chain c "
                                       "ON s.seq = c.seq WHERE s.previous < s.seq) "
                                       "SELECT s.action, s.state, s.at, s.verdict FROM chain "
                                       "JOIN step s USING (seq) ORDER BY s.number");
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
    if (auto ready = prepare(count_commit_, "UPDATE store SET commits = commits + 1"); !ready)
      return ready;
    if (auto ready = prepare(find_rest_, std::string(last_steps)
                                             + "SELECT previous FROM chain ORDER BY seq LIMIT 1");
        !ready)
      return ready;
    return prepare(delete_steps_, std::string(last_steps)
                                      + "DELETE FROM step WHERE seq IN (SELECT seq FROM chain)");
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

  result<void> commit(const batch& changes) override {
    auto written = write(changes);
    if (written)
      names_.keep();
    else
      names_.forget_new();
    return written;
  }

  result<std::optional<stored_instance>> find(const term& identifier) override {
    auto key = encode_etf(identifier);
    find_.bind(statement::blob(key));
    auto row = find_.next();
    if (!row)
      return tl::unexpected(row.error());
    if (!*row)
      return std::nullopt;
    auto found = read_instance(find_);
    find_.reset();
    if (!found)
      return tl::unexpected(found.error());
    return std::move(*found);
  }

  result<std::vector<step>> history(const term& identifier) override {
    auto key = encode_etf(identifier);
    history_.bind(statement::blob(key));
    return collect_rows<step>(history_, [this](statement& row) -> result<step> {
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
    auto found = read_operation(find_operation_);
    find_operation_.reset();
    return std::move(found).map(
        [](stored_operation operation) { return std::optional{std::move(operation.recorded)}; });
  }

  result<std::vector<stored_operation>> operations(std::string_view after,
                                                   std::size_t limit) override {
    operations_.bind(statement::blob(after), static_cast<std::uint64_t>(limit));
    return collect_rows<stored_operation>(operations_,
                                          [this](statement& row) { return read_operation(row); });
  }

  result<instance_page> page(const page_request& part, const instance_predicate& accept) override {
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
      auto read = read_instance(page_);
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

  result<bool> collect(std::size_t steps) override {
    auto departed = db_->query_number("SELECT coalesce(min(instance), 0) FROM departed");
    if (!departed || *departed == 0)
      return departed.map([](std::int64_t) { return false; });
    const auto whose = " WHERE instance = " + std::to_string(*departed);
    auto change = transaction::begin(*db_);
    if (!change)
      return tl::unexpected(change.error());
    auto last = db_->query_number("SELECT last_step FROM departed" + whose);
    if (!last)
      return tl::unexpected(last.error());
    const auto limit = static_cast<std::uint64_t>(std::max<std::size_t>(steps, 1));
    find_rest_.bind(*last, limit);
    auto found = find_rest_.next();
    if (!found)
      return tl::unexpected(found.error());
    const auto rest = *found ? find_rest_.number(0) : 0;
    find_rest_.reset();
    if (auto done = delete_steps_.bind(*last, limit).run(); !done)
      return tl::unexpected(done.error());
    const auto noted = rest == 0
                           ? "DELETE FROM departed" + whose
                           : "UPDATE departed SET last_step = " + std::to_string(rest) + whose;
    if (auto done = db_->execute(noted.c_str()); !done)
      return tl::unexpected(done.error());
    if (auto done = change->commit(); !done)
      return tl::unexpected(done.error());
    return db_->query_number("SELECT EXISTS (SELECT 1 FROM departed)").map([](std::int64_t more) {
      return more != 0;
    });
  }

  result<store_summary> summarise(const page_request& part, std::size_t max_deviations) override {
    store_summary found;
    auto next = first_after(part);
    if (!next)
      return tl::unexpected(next.error());
    found.next = *next;
    const auto last = found.next ? *found.next - 1 : part.until;
    auto states = count_states(part.from, last);
    if (!states)
      return tl::unexpected(states.error());
    found.states = std::move(*states);
    auto deviations = find_deviations(part.from, last, max_deviations);
    if (!deviations)
      return tl::unexpected(deviations.error());
    found.deviations = std::move(*deviations);
    return found;
  }

  result<std::vector<due_instance>> deadlines(const deadline_position& from,
                                              std::size_t limit) override {
    deadlines_.bind(from.at.time_since_epoch().count(), from.number,
                    static_cast<std::uint64_t>(limit));
    return collect_rows<due_instance>(deadlines_, [this](statement& row) -> result<due_instance> {
      return decode(row.bytes(2)).map([&](term identifier) {
        return due_instance{to_timestamp(row.number(0)), static_cast<std::uint64_t>(row.number(1)),
                            std::move(identifier)};
      });
    });
  }

  result<std::vector<implementation_model>> models() override {
    auto query = db_->prepare("SELECT m.specification, m.learning, t.source, t.action, t.target "
                              "FROM model m LEFT JOIN model_transition t USING (specification)");
    if (!query)
      return tl::unexpected(query.error());
    std::map<std::string, implementation_model> models;
    for (;;) {
      auto row = query->next();
      if (!row)
        return tl::unexpected(row.error());
      if (!*row)
        break;
      const auto& specification = names_.name_of(query->number(0));
      auto& model = models[specification];
      model.specification = specification;
      model.learning = query->number(1) != 0;
      if (!query->is_null(3))
        model.transitions.insert({names_.name_of(query->number(2)),
                                  names_.name_of(query->number(3)),
                                  names_.name_of(query->number(4))});
    }
    std::vector<implementation_model> rows;
    for (auto& [specification, model] : models)
      rows.push_back(std::move(model));
    return rows;
  }

  result<std::map<std::string, std::string>> specifications() override {
    auto query = db_->prepare("SELECT name, declaration FROM specification");
    if (!query)
      return tl::unexpected(query.error());
    using row_type = std::pair<std::string, std::string>;
    auto rows = collect_rows<row_type>(*query, [](statement& row) -> result<row_type> {
      return row_type{row.text(0), row.text(1)};
    });
    return std::move(rows).map([](std::vector<row_type> read) {
      return std::map<std::string, std::string>(std::make_move_iterator(read.begin()),
                                                std::make_move_iterator(read.end()));
    });
  }

  result<std::vector<quarantined_instance>> quarantined() override {
    auto query = db_->prepare("SELECT identifier, reason, at FROM quarantine");
    if (!query)
      return tl::unexpected(query.error());
    auto rows = collect_rows<quarantined_instance>(
        *query, [this](statement& row) -> result<quarantined_instance> {
          return decode(row.bytes(0)).map([&](term identifier) {
            return quarantined_instance{std::move(identifier), row.text(1),
                                        to_timestamp(row.number(2))};
          });
        });
    if (rows)
      std::ranges::sort(*rows, {}, &quarantined_instance::identifier);
    return rows;
  }

private:
  /// The last steps of an instance from a given one back, at most as many.
  static constexpr std::string_view last_steps =
      "WITH RECURSIVE chain (seq, previous) AS ("
      "SELECT seq, previous FROM step WHERE seq = ?1 UNION ALL "
      "SELECT s.seq, s.previous FROM step s JOIN chain c ON s.seq = c.previous "
      "WHERE c.previous < c.seq LIMIT ?2) ";
  /// The first instance behind as many as a part shows at most.
  result<std::optional<std::uint64_t>> first_after(const page_request& part) {
    auto query = db_->prepare("SELECT id FROM instance WHERE id >= ?1 AND id <= ?2 ORDER BY id "
                              "LIMIT 1 OFFSET ?3");
    if (!query)
      return tl::unexpected(query.error());
    query->bind(part.from, part.until,
                std::min<std::uint64_t>(part.visit, std::numeric_limits<std::int64_t>::max()));
    return query->next().map([&](bool found) {
      return found ? std::optional{static_cast<std::uint64_t>(query->number(0))} : std::nullopt;
    });
  }

  result<std::vector<state_count>> count_states(std::uint64_t from, std::uint64_t last) {
    auto query = db_->prepare("SELECT specification, state, count(*), sum(steps), sum(times_late) "
                              "FROM instance WHERE id >= ?1 AND id <= ?2 "
                              "GROUP BY specification, state");
    if (!query)
      return tl::unexpected(query.error());
    query->bind(from, last);
    return collect_rows<state_count>(*query, [this](statement& row) -> result<state_count> {
      return state_count{names_.name_of(row.number(0)), names_.name_of(row.number(1)),
                         static_cast<std::uint64_t>(row.number(2)),
                         static_cast<std::uint64_t>(row.number(3)),
                         static_cast<std::uint64_t>(row.number(4))};
    });
  }

  result<deviation_list> find_deviations(std::uint64_t from, std::uint64_t last,
                                         std::size_t limit) {
    // Histories of deleted instances may still be there.
    auto total = db_->prepare("SELECT count(*) FROM step WHERE verdict >= 2 "
                              "AND instance >= ?1 AND instance <= ?2 "
                              "AND instance NOT IN (SELECT instance FROM departed)");
    if (!total)
      return tl::unexpected(total.error());
    total->bind(from, last);
    if (auto counted = total->next(); !counted)
      return tl::unexpected(counted.error());
    deviation_list found;
    found.total = static_cast<std::uint64_t>(total->number(0));
    if (limit == 0 || found.total == 0)
      return found;
    auto query =
        db_->prepare("SELECT i.identifier, i.specification, s.number, p.state, s.action, s.state, "
                     "s.at, s.verdict "
                     "FROM step s JOIN instance i ON i.id = s.instance "
                     "LEFT JOIN step p ON p.seq = s.previous "
                     "WHERE s.verdict >= 2 AND s.instance >= ?1 AND s.instance <= ?2 "
                     "ORDER BY s.instance, s.number LIMIT ?3");
    if (!query)
      return tl::unexpected(query.error());
    query->bind(from, last,
                std::min<std::uint64_t>(limit, std::numeric_limits<std::int64_t>::max()));
    auto first =
        collect_rows<deviating_step>(*query, [this](statement& row) -> result<deviating_step> {
          return decode(row.bytes(0)).map([&](term identifier) {
            return deviating_step{std::move(identifier),
                                  names_.name_of(row.number(1)),
                                  static_cast<std::uint64_t>(row.number(2)),
                                  names_.name_of(row.number(3)),
                                  {names_.name_of(row.number(4)), names_.name_of(row.number(5)),
                                   to_timestamp(row.number(6)),
                                   static_cast<verdict>(row.number(7))}};
          });
        });
    if (!first)
      return tl::unexpected(first.error());
    found.first = std::move(*first);
    return found;
  }

  static constexpr std::string_view select_operation =
      "SELECT id, step, verdict, at, identifier FROM operation";
  static constexpr std::string_view select_instance =
      "SELECT id, identifier, specification, meta, state, steps, last_step_at, deadline, "
      "times_late "
      "FROM instance";

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
    if (auto counted = count_commit_.run(); !counted)
      return counted;
    return change->commit();
  }

  result<term> decode(std::string_view bytes, const char* what = "identifier") const {
    auto decoded = decode_etf(bytes);
    if (!decoded)
      return fail(ec::store_failure, db_->path().string() + " holds a damaged " + what + " ("
                                         + decoded.error().message + "); restore it from a backup");
    return decoded;
  }

  /// Reads a row of `select_operation`.
  result<stored_operation> read_operation(statement& row) const {
    stored_operation read{row.text(0),
                          {static_cast<std::uint64_t>(row.number(1)),
                           static_cast<verdict>(row.number(2)), std::nullopt},
                          to_timestamp(row.number(3))};
    if (row.is_null(4))
      return read;
    return decode(row.bytes(4)).map([&](term identifier) {
      read.recorded.identifier = std::move(identifier);
      return std::move(read);
    });
  }

  /// Reads a row of `select_instance`.
  result<stored_instance> read_instance(statement& row) const {
    auto identifier = decode(row.bytes(1));
    if (!identifier)
      return tl::unexpected(identifier.error());
    auto meta = decode(row.bytes(3), "meta");
    if (!meta)
      return tl::unexpected(meta.error());
    stored_instance read;
    read.number = static_cast<std::uint64_t>(row.number(0));
    read.head.identifier = std::move(*identifier);
    read.head.specification = names_.name_of(row.number(2));
    read.head.meta = std::move(*meta);
    read.head.current_state = names_.name_of(row.number(4));
    read.head.step_count = static_cast<std::uint64_t>(row.number(5));
    read.head.last_step_at = to_timestamp(row.number(6));
    if (!row.is_null(7))
      read.deadline = to_timestamp(row.number(7));
    read.times_late = static_cast<std::uint64_t>(row.number(8));
    return read;
  }

  template <class Row, class Read>
  static result<std::vector<Row>> collect_rows(statement& query, Read read) {
    std::vector<Row> rows;
    for (;;) {
      auto more = query.next();
      if (!more)
        return tl::unexpected(more.error());
      if (!*more)
        return rows;
      auto row = read(query);
      if (!row) {
        query.reset();
        return tl::unexpected(row.error());
      }
      rows.push_back(std::move(*row));
    }
  }

  // In this order: statements go before their database. The database has a fixed address, since
  // names and writer refer to it.
  std::unique_ptr<database> db_;
  names names_;
  change_writer writer_;
  statement find_;
  statement page_;
  statement history_;
  statement find_operation_;
  statement operations_;
  statement deadlines_;
  statement forget_operations_;
  statement find_rest_;
  statement delete_steps_;
  statement count_commit_;
};

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
  return open_store(std::move(*db));
}

result<std::unique_ptr<counting_store>> open_store(database db) {
  auto store = std::make_unique<sqlite_store>(std::move(db));
  if (auto ready = store->prepare(); !ready)
    return tl::unexpected(ready.error());
  return store;
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
  return open_store(std::move(*db));
}

} // namespace lockstep::sqlite
