#pragma once

#include "persistence/cells/cell_store.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace lockstep::test {

/// What becomes of a call.
enum class cell_fault {
  /// An error, and nothing is stored.
  refused,
  /// An exception, and nothing is stored: whoever called is killed before.
  crash_before,
  /// An exception, and everything is stored: whoever called is killed after.
  crash_after,
  /// An `unavailable`, and everything is stored.
  unavailable_after,
};

/// Which calls of the stores that share it fail. Shared with the test, which may change it at any
/// time, so long as no store is being called.
struct cell_faults {
  /// By the number of the call, counted from 1 over all functions.
  std::map<std::size_t, cell_fault> calls;
  /// The names of the calls so far, e.g. `commit`.
  std::vector<std::string> made;
  /// How many stores there are, and the most that there ever were at a time.
  std::size_t open = 0;
  std::size_t most_open = 0;

  void fail_next(cell_fault how = cell_fault::refused) { calls[made.size() + 1] = how; }
};

/// A store that fails when it is told to, and otherwise does what another store does.
class failing_cell_store final : public cell_store {
public:
  failing_cell_store(std::unique_ptr<cell_store> store, std::shared_ptr<cell_faults> when)
      : store_(std::move(store)), faults_(std::move(when)) {
    faults_->most_open = std::max(faults_->most_open, ++faults_->open);
  }
  ~failing_cell_store() override { --faults_->open; }

  result<void> commit(const cell_batch& changes) override {
    return call("commit", [&] { return store_->commit(changes); });
  }
  result<cell_contents> load(const shard_key& shard) override {
    return call("load", [&] { return store_->load(shard); });
  }
  result<key_map> shard_key_map() override {
    return call("shard_key_map", [&] { return store_->shard_key_map(); });
  }
  result<void> populate_key_map(const std::string& strategy,
                                const std::vector<new_shard>& shards) override {
    return call("populate_key_map", [&] { return store_->populate_key_map(strategy, shards); });
  }
  result<void> add_to_key_map(const new_shard& shard) override {
    return call("add_to_key_map", [&] { return store_->add_to_key_map(shard); });
  }

private:
  template <class F>
  std::invoke_result_t<F> call(const char* name, F what) {
    faults_->made.emplace_back(name);
    const auto fault = faults_->calls.find(faults_->made.size());
    if (fault == faults_->calls.end())
      return what();
    if (fault->second == cell_fault::refused)
      return fail(ec::store_failure, std::string("the test makes ") + name + " fail");
    if (fault->second == cell_fault::crash_after || fault->second == cell_fault::unavailable_after)
      (void)what();
    if (fault->second == cell_fault::unavailable_after)
      return fail(ec::unavailable, "the test leaves it open what became of " + std::string(name));
    throw std::runtime_error(std::string("the test kills who called ") + name);
  }

  std::unique_ptr<cell_store> store_;
  std::shared_ptr<cell_faults> faults_;
};

} // namespace lockstep::test
