#pragma once

#include "test/support/forwarding_store.hpp"

#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <type_traits>
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
class failing_store final : public forwarding_store {
public:
  failing_store(std::unique_ptr<instance_store> store, std::shared_ptr<faults> when)
      : forwarding_store(std::move(store)), faults_(std::move(when)) {}

  result<void> commit(const batch& changes) override {
    if (faults_->failing_commits.contains(++faults_->commits))
      return failed("a commit");
    return forwarding_store::commit(changes);
  }
  result<std::optional<stored_instance>> find(const term& identifier) override {
    return lookup([&] { return forwarding_store::find(identifier); });
  }
  result<std::vector<step>> history(const term& identifier) override {
    return lookup([&] { return forwarding_store::history(identifier); });
  }
  result<std::optional<recorded_operation>> find_operation(std::string_view operation) override {
    return lookup([&] { return forwarding_store::find_operation(operation); });
  }
  result<instance_page> page(const page_request& part, const instance_predicate& accept) override {
    return scan([&] { return forwarding_store::page(part, accept); });
  }
  result<store_summary> summarise(const page_request& part, std::size_t max_deviations) override {
    return scan([&] { return forwarding_store::summarise(part, max_deviations); });
  }
  result<std::vector<due_instance>> deadlines(const deadline_position& from,
                                              std::size_t limit) override {
    return scan([&] { return forwarding_store::deadlines(from, limit); });
  }
  result<std::vector<implementation_model>> models() override {
    return scan([&] { return forwarding_store::models(); });
  }
  result<std::map<std::string, std::string>> specifications() override {
    return scan([&] { return forwarding_store::specifications(); });
  }
  result<std::vector<quarantined_instance>> quarantined() override {
    return scan([&] { return forwarding_store::quarantined(); });
  }

private:
  static tl::unexpected<failure> failed(const char* what) {
    return fail(ec::store_failure, std::string("the test makes ") + what + " fail");
  }

  template <class F>
  std::invoke_result_t<F> lookup(F read) {
    if (faults_->lookups_fail)
      return failed("a lookup");
    return read();
  }

  template <class F>
  std::invoke_result_t<F> scan(F read) {
    if (faults_->scans_fail)
      return failed("a scan");
    return read();
  }

  std::shared_ptr<faults> faults_;
};

} // namespace lockstep::test
