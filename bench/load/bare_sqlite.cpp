#include "bench/load/bare_sqlite.hpp"

#include "bench/load/workload.hpp"
#include "bench/support/disk_folder.hpp"
#include "bench/support/must.hpp"
#include "model/term/external_term_format.hpp"
#include "persistence/sqlite/database.hpp"
#include "persistence/sqlite/schema.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace lockstep::bench {

namespace {

using sqlite::database;
using sqlite::statement;
using sqlite::transaction;

/// A store's file with its tables and settings, written without anything around it.
class bare_store {
public:
  bare_store(const std::filesystem::path& file, std::size_t instances, std::uint64_t seed,
             step_rows rows)
      : db_(must(database::open(file))), rows_(rows) {
    must(sqlite::prepare_schema(db_, {}));
    fill(instances, seed);
    insert_ = must(db_.prepare("INSERT INTO step VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7)"));
    update_ = must(db_.prepare("UPDATE instance SET state = ?1, steps = ?2, last_step_at = ?3, "
                               "deadline = ?4, last_step = ?5 WHERE id = ?6"));
    count_ = must(db_.prepare("UPDATE store SET commits = commits + 1"));
  }

  /// Writes so many steps, each of another instance, in an order that has nothing to do with that
  /// of their rows: a node's batches are no neighbours either.
  void write(std::size_t steps) {
    auto change = must(transaction::begin(db_));
    const auto at = std::chrono::system_clock::now().time_since_epoch() / duration{1};
    const auto first = turn_;
    for (std::size_t i = 0; i < steps; ++i) {
      const auto id = order_[turn_] + 1;
      auto& known = known_[order_[turn_]];
      ++known.steps;
      const auto state = known.steps % 3;
      must(insert_
               .bind(static_cast<std::uint64_t>(id), known.steps, known.last_step, 3 + state, state,
                     at, std::int64_t{0})
               .run());
      known.last_step = db_.last_insert_rowid();
      turn_ = (turn_ + 1) % known_.size();
    }
    const auto changed_rows = rows_ == step_rows::step_and_instance ? known_.size() : 0;
    for (std::size_t i = 0; i < std::min(steps, changed_rows); ++i) {
      const auto changed = order_[(first + i) % known_.size()];
      const auto& known = known_[changed];
      must(update_
               .bind(known.steps % 3, known.steps, at, nullptr, known.last_step,
                     static_cast<std::uint64_t>(changed + 1))
               .run());
    }
    must(count_.run());
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
                                   "(?1, ?2, 1, ?3, 1, 1, ?4, NULL, 0, 0)"));
    std::uint64_t id = 0;
    for (const auto& identifier : uuids(instances, seed)) {
      const auto key = encode_etf(identifier);
      must(insert.bind(++id, statement::blob(key), statement::blob("meta"), std::int64_t{0}).run());
    }
    must(change.commit());
    known_.resize(instances);
    order_.resize(instances);
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::shuffle(order_.begin(), order_.end(), std::mt19937_64{seed});
  }

  database db_;
  step_rows rows_;
  statement insert_;
  statement update_;
  statement count_;
  std::vector<instance_row> known_;
  std::vector<std::size_t> order_;
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
        i + 1, loops.rows));
  const auto writers = [&](const window& when) -> std::function<tally()> {
    struct shared {
      std::vector<tally> seen;
      std::vector<std::jthread> threads;
    };
    auto all = std::make_shared<shared>();
    all->seen.resize(loops.in_turn ? 1 : stores.size());
    for (std::size_t i = 0; i < all->seen.size(); ++i)
      all->threads.emplace_back([&stores, at = i, &seen = all->seen[i], when, &loops]() mutable {
        batch_sizes sizes{loops.batch};
        try {
          while (bench_clock::now() < when.until) {
            const auto size = sizes.next();
            const auto begun = bench_clock::now();
            stores[at]->write(size);
            seen.answered(begun, bench_clock::now(), when, size);
            if (loops.in_turn)
              at = (at + 1) % stores.size();
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
