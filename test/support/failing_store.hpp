#pragma once

#include "persistence/instance_store.hpp"

#include <cstddef>
#include <memory>
#include <set>
#include <utility>

namespace lockstep::test {

/// When a `failing_store` fails. Shared with the test, which may change it at any time.
struct faults {
  /// The commits that fail, counted from 1 over all stores that share these faults.
  std::set<std::size_t> failing_commits;
  /// Reads from the store as a whole: models, deadlines, pages, sums.
  bool scans_fail = false;
  /// Reads of one instance or operation.
  bool lookups_fail = false;

  /// Commits asked for so far.
  std::size_t commits = 0;

  void fail_next_commit() { failing_commits.insert(commits + 1); }
};

/// A store that fails when it is told to, and otherwise does what another store does.
class failing_store final : public instance_store {
public:
  failing_store(std::unique_ptr<instance_store> store, std::shared_ptr<faults> when)
      : store_(std::move(store)), faults_(std::move(when)) {}

  result<void> commit(const batch& changes) override {
    if (faults_->failing_commits.contains(++faults_->commits))
      return failed("a commit");
    return store_->commit(changes);
  }
  result<std::optional<stored_instance>> find(const term& identifier) override {
    if (faults_->lookups_fail)
      return failed("a lookup");
    return store_->find(identifier);
  }
  result<std::vector<step>> history(const term& identifier) override {
    if (faults_->lookups_fail)
      return failed("a lookup");
    return store_->history(identifier);
  }
  result<std::optional<recorded_operation>> find_operation(std::string_view operation) override {
    if (faults_->lookups_fail)
      return failed("a lookup");
    return store_->find_operation(operation);
  }
  result<instance_page> page(std::uint64_t from, std::size_t limit) override {
    if (faults_->scans_fail)
      return failed("a scan");
    return store_->page(from, limit);
  }
  result<std::vector<state_count>> count_by_state() override {
    if (faults_->scans_fail)
      return failed("a scan");
    return store_->count_by_state();
  }
  result<deviation_list> deviations(std::size_t limit) override {
    if (faults_->scans_fail)
      return failed("a scan");
    return store_->deviations(limit);
  }
  result<std::vector<std::pair<timestamp, term>>> deadlines() override {
    if (faults_->scans_fail)
      return failed("a scan");
    return store_->deadlines();
  }
  result<std::vector<implementation_model>> models() override {
    if (faults_->scans_fail)
      return failed("a scan");
    return store_->models();
  }

private:
  static tl::unexpected<failure> failed(const char* what) {
    return fail(ec::store_failure, std::string("the test makes ") + what + " fail");
  }

  std::unique_ptr<instance_store> store_;
  std::shared_ptr<faults> faults_;
};

} // namespace lockstep::test
