#include "bench/load/bare_sqlite.hpp"

#include "bench/load/workload.hpp"
#include "bench/support/disk_folder.hpp"
#include "bench/support/must.hpp"
#include "model/term/external_term_format.hpp"
#include "persistence/sqlite/database.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace lockstep::bench {

namespace {

using sqlite::database;
using sqlite::statement;
using sqlite::transaction;

/// The tables that a step touches, with the indexes that the store has on them, and the settings of
/// a durable store.
void make_tables(database& db) {
  must(db.execute(R"(
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE instance (
      id INTEGER PRIMARY KEY,
      identifier BLOB NOT NULL UNIQUE,
      specification INTEGER NOT NULL,
      meta BLOB NOT NULL,
      state INTEGER NOT NULL,
      steps INTEGER NOT NULL,
      last_step_at INTEGER NOT NULL,
      deadline INTEGER,
      times_late INTEGER NOT NULL DEFAULT 0,
      last_step INTEGER
    );
    CREATE INDEX instance_deadline ON instance (deadline) WHERE deadline IS NOT NULL;
    CREATE TABLE step (
      seq INTEGER PRIMARY KEY,
      instance INTEGER NOT NULL,
      number INTEGER NOT NULL,
      action INTEGER NOT NULL,
      state INTEGER NOT NULL,
      at INTEGER NOT NULL,
      verdict INTEGER NOT NULL,
      previous INTEGER
    );
    CREATE INDEX step_deviation ON step (instance, number) WHERE verdict >= 2;
  )"));
}

class bare_store {
public:
  bare_store(const std::filesystem::path& file, std::size_t instances, std::uint64_t seed)
      : db_(must(database::open(file))) {
    make_tables(db_);
    fill(instances, seed);
    insert_ = must(db_.prepare("INSERT INTO step VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"));
    update_ = must(db_.prepare("UPDATE instance SET state = ?1, steps = ?2, last_step_at = ?3, "
                               "deadline = ?4, last_step = ?5 WHERE id = ?6"));
  }

  /// Writes so many steps, of one instance after the other.
  void write(std::size_t steps) {
    auto change = must(transaction::begin(db_));
    const auto at = std::chrono::system_clock::now().time_since_epoch() / duration{1};
    const auto first = turn_;
    for (std::size_t i = 0; i < steps; ++i) {
      const auto id = turn_ + 1;
      auto& known = known_[turn_];
      ++known.steps;
      const auto state = known.steps % 3;
      must(insert_
               .bind(++seq_, static_cast<std::uint64_t>(id), known.steps, 3 + state, state, at,
                     std::int64_t{0}, known.last_step)
               .run());
      known.last_step = seq_;
      turn_ = (turn_ + 1) % known_.size();
    }
    for (std::size_t i = 0; i < std::min(steps, known_.size()); ++i) {
      const auto changed = (first + i) % known_.size();
      const auto& known = known_[changed];
      must(update_
               .bind(known.steps % 3, known.steps, at, nullptr, known.last_step,
                     static_cast<std::uint64_t>(changed + 1))
               .run());
    }
    must(change.commit());
  }

private:
  struct instance_row {
    std::uint64_t steps = 1;
    std::int64_t last_step = 0;
  };

  void fill(std::size_t instances, std::uint64_t seed) {
    auto change = must(transaction::begin(db_));
    auto insert = must(db_.prepare("INSERT INTO instance VALUES "
                                   "(?1, ?2, 1, ?3, 1, 1, ?4, NULL, 0, NULL)"));
    std::uint64_t id = 0;
    for (const auto& identifier : uuids(instances, seed)) {
      const auto key = encode_etf(identifier);
      must(insert.bind(++id, statement::blob(key), statement::blob("meta"), std::int64_t{0}).run());
    }
    must(change.commit());
    known_.resize(instances);
  }

  database db_;
  statement insert_;
  statement update_;
  std::vector<instance_row> known_;
  std::int64_t seq_ = 0;
  std::size_t turn_ = 0;
};

/// Whole batches whose mean is a given number.
class batch_sizes {
public:
  explicit batch_sizes(double mean) : mean_(std::max(mean, 1.0)) {}
  std::size_t next() {
    owed_ += mean_;
    const auto size = static_cast<std::size_t>(owed_);
    owed_ -= static_cast<double>(size);
    return size;
  }

private:
  double mean_;
  double owed_ = 0;
};

} // namespace

outcome measure_bare_sqlite(const load_options& options, const bare_loops& loops) {
  const disk_folder folder{loops.folder};
  std::vector<std::unique_ptr<bare_store>> stores;
  for (std::size_t i = 0; i < loops.files; ++i)
    stores.push_back(std::make_unique<bare_store>(
        folder.path() / std::to_string(i), std::max<std::size_t>(loops.instances / loops.files, 1),
        i + 1));
  const auto writers = [&](const window& when) -> std::function<tally()> {
    struct shared {
      std::vector<tally> seen;
      std::vector<std::jthread> threads;
    };
    auto all = std::make_shared<shared>();
    all->seen.resize(stores.size());
    for (std::size_t i = 0; i < stores.size(); ++i)
      all->threads.emplace_back([&store = *stores[i], &seen = all->seen[i], when, &loops] {
        batch_sizes sizes{loops.batch};
        try {
          while (bench_clock::now() < when.until) {
            const auto size = sizes.next();
            const auto begun = bench_clock::now();
            store.write(size);
            seen.answered(begun, bench_clock::now(), when, size);
          }
        } catch (const std::exception& wrong) {
          seen.error = wrong.what();
        }
      });
    return [all] {
      all->threads.clear();
      tally sum;
      for (const auto& one : all->seen)
        sum.add(one);
      return sum;
    };
  };
  auto found = measure(options, writers, own_counters);
  found.commits = found.seen.latency.total();
  return found;
}

} // namespace lockstep::bench
