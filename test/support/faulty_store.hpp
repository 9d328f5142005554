#pragma once

#include "persistence/reopening_store.hpp"
#include "persistence/sqlite/integrity.hpp"
#include "persistence/sqlite/schema.hpp"
#include "persistence/sqlite/sqlite_store.hpp"
#include "test/support/changes.hpp"
#include "test/support/fault_vfs.hpp"
#include "test/support/results.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace lockstep::test {

/// A SQLite store on a disk with faults, as a node has it. It comes and goes, the disk stays.
class faulty_store {
public:
  static constexpr const char* file = "shard-1.sqlite";

  explicit faulty_store(std::uint64_t seed = 1) : disk(seed) {}

  fault_disk disk;
  std::unique_ptr<instance_store> store;
  /// The log is moved to the file once it has so many pages.
  int log_pages = 250;
  /// Rows are swept often.
  sqlite::lag_limits most{.rows = 1, .steps = 2, .slice = 1};

  [[nodiscard]] result<sqlite::database> open_database() const {
    return sqlite::database::open(file, sqlite::if_missing::create, disk.vfs());
  }

  [[nodiscard]] result<std::unique_ptr<counting_store>> open_inner() const {
    return open_database().and_then([this](sqlite::database db) {
      return sqlite::prepare_schema(db, {}).and_then([&] {
        db.move_log_each(log_pages);
        return sqlite::open_store(std::move(db), most);
      });
    });
  }

  result<void> open() {
    store.reset();
    return reopening_store::open([this] { return open_inner(); }).map([this](auto opened) {
      store = std::move(opened);
    });
  }

  [[nodiscard]] result<void> check_integrity() const {
    return open_database().and_then(
        [](sqlite::database db) { return sqlite::check_integrity(db); });
  }
};

/// Batches with names, and what is known of them: each that was acknowledged must be in the store,
/// once and in order, none that was refused. Of one the store may not know.
class batch_log {
public:
  /// The batch makes the next step of one instance, and an instance of its own beside it.
  [[nodiscard]] batch next(const std::string& name) const {
    batch changes;
    if (sure_.empty())
      changes.emplace_back(put("log"));
    changes.emplace_back(append("log", seen_ + 1, name, "state of " + name));
    auto beside = put("beside " + name);
    beside.head.meta = std::string(3'000, 'x');
    changes.emplace_back(std::move(beside));
    return changes;
  }

  /// @param lived The process has heard the answer.
  void answered(const std::string& name, const result<void>& answer, bool lived = true) {
    const auto unknown = !answer && (!lived || answer.error().code == ec::unavailable);
    if (answer) // a batch is tried only when the ones before are settled, and this one fitted
      doubtful_.clear();
    if (answer)
      sure_.push_back(name);
    if (unknown)
      doubtful_.push_back(name);
    seen_ = sure_.size();
  }

  /// What is wrong with the store; empty if nothing is, or if it cannot be read now.
  [[nodiscard]] std::string compare(instance_store& store) {
    auto steps = store.history("log");
    auto last = steps ? store.last_instance() : result<std::uint64_t>{};
    if (!steps || !last)
      return {};
    std::vector<std::string> found;
    for (const auto& one : *steps)
      found.push_back(one.action);
    if (found.size() == sure_.size() + 1 && std::ranges::count(doubtful_, found.back()) > 0) {
      sure_.push_back(found.back());
      doubtful_.clear();
    }
    seen_ = found.size();
    if (found != sure_)
      return "acknowledged: " + text(sure_) + "; found: " + text(found);
    for (const auto& name : sure_)
      if (auto beside = store.find("beside " + name); beside && !*beside)
        return "only a part of " + name;
    return {};
  }

  [[nodiscard]] const std::vector<std::string>& sure() const noexcept { return sure_; }
  [[nodiscard]] bool is_in_doubt() const noexcept { return !doubtful_.empty(); }

private:
  static std::string text(const std::vector<std::string>& names) {
    std::string all;
    for (const auto& name : names)
      all += name + " ";
    return all;
  }

  std::vector<std::string> sure_;
  std::vector<std::string> doubtful_;
  std::size_t seen_ = 0;
};

} // namespace lockstep::test
