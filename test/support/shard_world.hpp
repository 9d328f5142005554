#pragma once

#include "actors/shard.hpp"
#include "model/workflow/specification.hpp"
#include "persistence/ledger.hpp"
#include "persistence/memory_store.hpp"
#include "test/support/forwarding_store.hpp"
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
  /// The severity of each of them.
  std::vector<severity> levels;
  /// Of errors that belong to no specification.
  error_policy policy;
  /// Of `ledger_options`.
  std::size_t max_inline_transitions = ledger_options{}.max_inline_transitions;
  /// Of `ledger_options`.
  std::size_t deadlines_at_once = ledger_options{}.deadlines_at_once;
  int commits = 0;
  int fail_next_commits = 0;
  /// What each commit takes.
  duration commit_time = duration::zero();
  /// What reading a part of a store takes.
  duration page_time = duration::zero();

  shard_world() {
    specification_options options;
    options.transition_timeout = std::chrono::seconds{30};
    configure(options);
    model_.specification = "Order";
    model_.transitions = {
        {"", "__initialisation__", "new"}, {"new", "pay", "paid"}, {"paid", "ship", "shipped"}};
  }

  /// What applies to orders in shards that are started from now on.
  void configure(specification_options options) {
    auto order = specification::make("Order", {{"new", "pay", "paid"}, {"paid", "ship", "shipped"}},
                                     std::move(options));
    REQUIRE(order);
    auto catalog = std::make_shared<specification_catalog>();
    catalog->emplace("Order", std::make_shared<specification>(std::move(*order)));
    catalog_ = catalog;
  }

  /// The books of a shard, as its store holds them.
  ledger books(std::uint32_t index) { return books(index, store(index)); }

  /// The store of a shard, with all that was committed to it before.
  std::unique_ptr<instance_store> store(std::uint32_t index) {
    auto& contents = contents_[index];
    if (!contents)
      contents = std::make_shared<memory_store_contents>();
    return std::make_unique<watched_store>(*this, contents);
  }

  ledger books(std::uint32_t index, std::unique_ptr<instance_store> store) {
    ledger_options options;
    options.shard_name = shard_display_name(index);
    options.policy = policy;
    options.max_inline_transitions = max_inline_transitions;
    options.deadlines_at_once = deadlines_at_once;
    auto opened = ledger::open(std::move(store), catalog_, {model_}, options);
    REQUIRE(opened);
    return std::move(*opened);
  }

  shard_actor spawn(std::uint32_t index, shard_options options = {}) {
    return spawn_shard(system(), books(index), fitting(std::move(options)));
  }

  /// The options as they must be in this world.
  shard_options fitting(shard_options options = {}) {
    options.where = placement::scheduler;
    options.now = [this] { return now(); };
    options.report = [this](const failure& report, severity level) {
      reports.push_back(report);
      levels.push_back(level);
    };
    return options;
  }

  using world::ask;
  using world::ask_later;

  /// A request to a shard, past its gate.
  template <class T, class... Ts>
  result<T> ask(const shard_actor& shard, Ts... content) {
    return world::ask<T>(shard, as_sent(std::move(content))..., ticket{});
  }
  template <class T, class... Ts>
  future_answer<T> ask_later(const shard_actor& shard, Ts... content) {
    return world::ask_later<T>(shard, as_sent(std::move(content))..., ticket{});
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

  /// All that orders are known to do.
  [[nodiscard]] const implementation_model& model() const { return model_; }

private:
  static local_steps as_sent(std::vector<step_report> steps) {
    return local_steps{std::move(steps)};
  }
  template <class T>
  static T as_sent(T content) {
    return content;
  }

  /// Counts commits, and fails those that the test wants to fail.
  class watched_store final : public forwarding_store {
  public:
    watched_store(shard_world& world, std::shared_ptr<memory_store_contents> contents)
        : forwarding_store(std::make_unique<memory_store>(std::move(contents))), world_(world) {}

    result<void> commit(const batch& changes) override {
      ++world_.commits;
      world_.spend(world_.commit_time);
      if (world_.fail_next_commits > 0) {
        --world_.fail_next_commits;
        return fail(ec::store_failure, "the disk is full");
      }
      return forwarding_store::commit(changes);
    }

    result<instance_page> page(const page_request& part,
                               const instance_predicate& accept) override {
      world_.spend(world_.page_time);
      return forwarding_store::page(part, accept);
    }

    result<store_summary> summarise(const page_request& part, std::size_t deviations) override {
      world_.spend(world_.page_time);
      return forwarding_store::summarise(part, deviations);
    }

  private:
    shard_world& world_;
  };

  std::shared_ptr<const specification_catalog> catalog_;
  implementation_model model_;
  std::map<std::uint32_t, std::shared_ptr<memory_store_contents>> contents_;
};

} // namespace lockstep::test
