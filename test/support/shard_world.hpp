#pragma once

#include "actors/shard.hpp"
#include "model/workflow/specification.hpp"
#include "persistence/ledger.hpp"
#include "persistence/memory_store.hpp"
#include "test/support/world.hpp"

#include <map>
#include <memory>
#include <vector>

namespace lockstep::test {

/// A world in which shards of an order workflow live. Their stores survive them; commits can be
/// counted and made to fail.
class shard_world : public world {
public:
  /// All reports, in their order.
  std::vector<failure> reports;
  int commits = 0;
  int fail_next_commits = 0;

  shard_world() {
    specification_options options;
    options.transition_timeout = std::chrono::seconds{30};
    auto order = specification::make("Order", {{"new", "pay", "paid"}, {"paid", "ship", "shipped"}},
                                     options);
    catalog_->emplace("Order", std::make_shared<specification>(std::move(*order)));
    model_.specification = "Order";
    model_.transitions = {
        {"", "__initialisation__", "new"}, {"new", "pay", "paid"}, {"paid", "ship", "shipped"}};
  }

  /// The books of a shard, as its store holds them.
  ledger books(std::uint32_t index) {
    auto& contents = contents_[index];
    if (!contents)
      contents = std::make_shared<memory_store_contents>();
    ledger_options options;
    options.shard_name = shard_display_name(index);
    auto opened =
        ledger::open(std::make_unique<watched_store>(*this, contents), catalog_, {model_}, options);
    REQUIRE(opened);
    return std::move(*opened);
  }

  shard_actor spawn(std::uint32_t index, shard_options options = {}) {
    options.where = placement::scheduler;
    options.now = [this] { return now(); };
    options.report = [this](const failure& report) { reports.push_back(report); };
    return spawn_shard(system(), books(index), std::move(options));
  }

  [[nodiscard]] initialisation initialisation_of(const term& identifier) const {
    initialisation request;
    request.specification = "Order";
    request.identifier = identifier;
    return request;
  }

  [[nodiscard]] step_report step_of(const term& identifier, const std::string& action,
                                    const std::string& to) const {
    step_report report;
    report.identifier = identifier;
    report.action = action;
    report.to = to;
    return report;
  }

private:
  /// Counts commits, and fails those that the test wants to fail.
  class watched_store final : public instance_store {
  public:
    watched_store(shard_world& world, std::shared_ptr<memory_store_contents> contents)
        : world_(world), store_(std::move(contents)) {}

    result<void> commit(const batch& changes) override {
      ++world_.commits;
      if (world_.fail_next_commits > 0) {
        --world_.fail_next_commits;
        return fail(ec::store_failure, "the disk is full");
      }
      return store_.commit(changes);
    }
    result<std::optional<stored_instance>> find(const term& identifier) override {
      return store_.find(identifier);
    }
    result<std::vector<step>> history(const term& identifier) override {
      return store_.history(identifier);
    }
    result<std::optional<recorded_operation>> find_operation(std::string_view id) override {
      return store_.find_operation(id);
    }
    result<instance_page> page(std::uint64_t from, std::size_t limit) override {
      return store_.page(from, limit);
    }
    result<std::vector<state_count>> count_by_state() override { return store_.count_by_state(); }
    result<deviation_list> deviations(std::size_t limit) override {
      return store_.deviations(limit);
    }
    result<std::vector<std::pair<timestamp, term>>> deadlines() override {
      return store_.deadlines();
    }
    result<std::vector<implementation_model>> models() override { return store_.models(); }

  private:
    shard_world& world_;
    memory_store store_;
  };

  std::shared_ptr<specification_catalog> catalog_ = std::make_shared<specification_catalog>();
  implementation_model model_;
  std::map<std::uint32_t, std::shared_ptr<memory_store_contents>> contents_;
};

} // namespace lockstep::test
