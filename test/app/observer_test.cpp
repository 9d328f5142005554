#include "app/observation/observer.hpp"

#include "actors/node.hpp"
#include "actors/types.hpp"
#include "test/support/results.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <catch2/catch_test_macros.hpp>

using namespace lockstep;
using namespace lockstep::test;

namespace {

/// Events that a test has made up.
class given_events final : public event_reader {
public:
  void add(const term& identifier, const std::string& action, const std::string& to) {
    event one;
    one.operation_id = "event-" + std::to_string(events_.size());
    one.identifier = identifier;
    one.action = action;
    one.to_state = to;
    events_.push_back(std::move(one));
  }

  result<std::optional<event>> next() override {
    if (events_.empty())
      return std::nullopt;
    auto one = std::move(events_.front());
    events_.pop_front();
    return one;
  }
  [[nodiscard]] bool ended() const noexcept override { return events_.empty(); }
  [[nodiscard]] bool ready(std::chrono::milliseconds) const override { return true; }
  [[nodiscard]] const input_counters& counters() const noexcept override { return counters_; }
  [[nodiscard]] std::optional<std::uint64_t> total_bytes() const noexcept override {
    return std::nullopt;
  }

private:
  std::deque<event> events_;
  input_counters counters_;
};

caf::actor_system_config configure() {
  make_types_known();
  caf::actor_system_config config;
  config.set("caf.scheduler.max-threads", 2);
  return config;
}

/// A node in memory whose one shard takes one request at a time, and an input of three orders.
class observed_world {
public:
  given_events input;
  observer_options options;
  observation_tally tally;

  observed_world() {
    node_options how;
    how.store_dir.reset();
    how.distribution_factor = 1;
    how.max_pending = 1;
    auto order =
        must(specification::make("Order", {{"new", "pay", "paid"}, {"paid", "ship", "shipped"}}));
    how.specifications = std::make_shared<const specification_catalog>(
        specification_catalog{{"Order", std::make_shared<const specification>(std::move(order))}});
    node_ = must(node::start(system_, std::move(how)));
    for (const auto* one : {"a", "b", "c"})
      input.add(one, "pay", "paid");
    for (const auto* one : {"a", "b", "c"})
      input.add(one, "ship", "shipped");
    options.specification = "Order";
    options.batch = 2;
  }

  [[nodiscard]] const instance_manager& manager() const { return node_->manager(); }

  /// Somebody else is the shard's one request until `make_room`.
  void fill() { other_ = must(manager().enter_shard("somebody")); }
  void make_room() { other_.reset(); }

  [[nodiscard]] bool has_refused() const { return node_->requests().front().refused > 0; }

  result<void> observe() { return lockstep::observe(input, manager(), options, tally); }

  std::vector<std::string> states_of(const term& identifier) {
    std::vector<std::string> states;
    for (const auto& one : must(manager().get(identifier)).steps)
      states.push_back(one.to);
    return states;
  }

private:
  caf::actor_system_config config_ = configure();
  caf::actor_system system_{config_};
  std::unique_ptr<node> node_;
  std::optional<shard_entrance> other_;
};

} // namespace

TEST_CASE("events that come too early for their shard are sent again, in their order",
          "[observer]") {
  observed_world w;
  w.fill();
  // Asked while the observer waits to send again.
  w.options.interrupted = [&] {
    if (w.has_refused())
      w.make_room();
    return false;
  };
  must(w.observe());
  CHECK(w.has_refused());
  CHECK(w.tally.events == 6);
  CHECK(w.tally.recorded == 6);
  CHECK(w.tally.duplicates == 0);
  CHECK(w.tally.refused == 0);
  CHECK_FALSE(w.tally.interrupted);
  for (const auto* one : {"a", "b", "c"})
    CHECK(w.states_of(one) == std::vector<std::string>{"new", "paid", "shipped"});
}

TEST_CASE("a signal ends the wait for a shard that takes nothing", "[observer]") {
  observed_world w;
  w.fill();
  w.options.interrupted = [&] { return w.has_refused(); };
  must(w.observe());
  CHECK(w.tally.interrupted);
  CHECK(w.tally.recorded == 0);
  CHECK(w.tally.refused == 0);
  w.make_room();
  CHECK(error_code_of(w.manager().get("a")) == ec::instance_identifier_not_found);
}
