#include "test/support/policy_world.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;
using test::policy_world;
using namespace std::chrono_literals;

namespace {

/// Orders may be pruned a day after their last step.
struct pruning_world : policy_world {
  pruning_world() {
    options.transition_timeout.reset();
    options.prune_timeout = 24h;
    options.prunable_states = {prunable_states::kind::all, {}};
    start();
  }

  /// Makes the orders 0, 1, … unless they are there.
  void fill(int orders) {
    std::vector<step_report> steps;
    for (int i = 0; i < orders; ++i) {
      steps.push_back(step_of(i, "pay", "paid"));
      steps.back().initialise_as = "Order";
    }
    REQUIRE(ask<std::vector<step_answer>>(shard, atoms::step_v, steps));
  }

  /// Starts the shard again two days later. @param each What a commit takes then.
  void start_late(duration each = 4ms) {
    kill(shard);
    advance(48h);
    commit_time = each;
    start();
  }

  std::size_t left() {
    const auto all = ask<std::vector<instance>>(shard, atoms::show_all_v, instance_filter{});
    REQUIRE(all);
    return all->size();
  }
};

/// Slices of histories that are left to be freed, shared with the store that has them.
struct freeing {
  int slices = 10;
  /// When something was last committed.
  std::optional<int> slices_at_commit;
};

class store_with_histories final : public test::forwarding_store {
public:
  store_with_histories(std::unique_ptr<instance_store> store, std::shared_ptr<freeing> shared)
      : forwarding_store(std::move(store)), left_(std::move(shared)) {}

  result<bool> collect(std::size_t) override { return --left_->slices > 0; }
  result<void> commit(const batch& changes) override {
    left_->slices_at_commit = left_->slices;
    return forwarding_store::commit(changes);
  }

private:
  std::shared_ptr<freeing> left_;
};

} // namespace

TEST_CASE("instances are pruned when a shard starts, and again after a while", "[shard]") {
  policy_world w;
  w.options.transition_timeout.reset();
  w.options.prune_timeout = 1h;
  w.options.prunable_states = {prunable_states::kind::all, {}};
  shard_options how;
  how.prune_interval = 2h;
  w.start(how);
  REQUIRE(w.init("early"));
  w.advance(90min);
  REQUIRE(w.init("late"));
  w.advance(30min);
  CHECK_FALSE(w.get("early"));
  CHECK(w.get("late"));
  w.kill(w.shard);
  w.advance(61min);
  w.start(how);
  CHECK_FALSE(w.get("late"));
}

TEST_CASE("operations are forgotten in time, also if nothing is ever pruned", "[shard]") {
  policy_world w;
  w.options.transition_timeout.reset();
  shard_options how;
  how.prune_interval.reset();
  w.start(how);
  auto request = w.initialisation_of("order-1");
  request.operation_id = "op-1";
  REQUIRE(w.ask<receipt>(w.shard, atoms::initialise_v, request));
  w.advance(24h * 6);
  CHECK(w.ask<receipt>(w.shard, atoms::initialise_v, request)->duplicate);
  w.advance(24h * 2);
  auto again = w.ask<receipt>(w.shard, atoms::initialise_v, request);
  REQUIRE_FALSE(again);
  CHECK(again.error().code == ec::instance_identifier_already_in_use);
}

TEST_CASE("in the time of events nothing is pruned", "[shard]") {
  policy_world w;
  w.options.prune_timeout = 1h;
  w.options.prunable_states = {prunable_states::kind::all, {}};
  shard_options how;
  how.time = timekeeping::events;
  w.start(how);
  REQUIRE(w.init("order-1"));
  w.advance(48h);
  CHECK(w.get("order-1"));
}

TEST_CASE("others are served while much is deleted", "[shard]") {
  policy_world w;
  w.options.transition_timeout.reset();
  w.start();
  std::vector<step_report> steps;
  for (int i = 0; i < 1'000; ++i) {
    steps.push_back(w.step_of(i, "pay", "paid"));
    steps.back().initialise_as = "Order";
  }
  REQUIRE(w.ask<std::vector<step_answer>>(w.shard, atoms::step_v, steps));
  auto removed =
      w.ask_later<std::uint64_t>(w.shard, atoms::remove_all_v, instance_filter{}, std::string{});
  auto served = w.ask_later<receipt>(w.shard, atoms::initialise_v, w.initialisation_of("new"));
  const auto before = w.commits;
  w.run();
  REQUIRE(removed->has_value());
  CHECK(**removed == 1'000);
  CHECK(**served == receipt{1, verdict::conforms, false});
  CHECK(w.get("new"));             // it came into being after the call
  CHECK(w.commits - before >= 20); // many slices, not one
}

TEST_CASE("others are served while long histories are freed", "[shard]") {
  policy_world w;
  const auto left = std::make_shared<freeing>();
  w.shard =
      spawn_shard(w.system(), w.books(1, std::make_unique<store_with_histories>(w.store(1), left)),
                  w.fitting());
  compat::anon_send(w.shard, atoms::initialise_v, w.initialisation_of("new"), ticket{});
  w.run();
  CHECK(left->slices == 0);
  CHECK(left->slices_at_commit == 9); // behind the first slice, not the last
  CHECK(w.get("new"));
}

TEST_CASE("pruning takes a quarter of a shard's time, and deleting for a caller all of it",
          "[shard]") {
  pruning_world w;
  w.fill(200);
  w.start_late();
  const auto first_slice = 200 - w.left();
  CHECK(first_slice > 0);
  CHECK(first_slice < 100);
  w.advance(11ms);
  CHECK(w.left() == 200 - first_slice);
  CHECK(w.ask<bool>(w.shard, atoms::remove_v, term{199}, std::string{}) == true);
  CHECK(w.left() == 199 - first_slice); // what is freed then does not end the rest
  w.advance(1ms);
  CHECK(w.left() == 199 - 2 * first_slice);

  w.fill(200);
  REQUIRE(w.left() == 200);
  const auto removed =
      w.ask<std::uint64_t>(w.shard, atoms::remove_all_v, instance_filter{}, std::string{});
  CHECK(removed == 200);
}

TEST_CASE("pruning rests while a caller waits for a deletion", "[shard]") {
  pruning_world w;
  w.fill(200);
  w.start_late();
  const auto pruned = 200 - w.left();
  REQUIRE(pruned > 0);
  REQUIRE(pruned < 100);
  instance_filter nobody;
  nobody.specification = "Nobody's";
  CHECK(w.ask<std::uint64_t>(w.shard, atoms::remove_all_v, nobody, std::string{}) == 0);
  CHECK(w.left() == 200 - pruned);
  w.advance(12ms);
  CHECK(w.left() == 200 - 2 * pruned);
}

TEST_CASE("a clock that jumps does not hold pruning up", "[shard]") {
  for (const auto jump : {duration{-1h}, duration{24h * 365 * 200}}) {
    pruning_world w;
    w.fill(200);
    w.start_late(jump);
    w.commit_time = duration::zero();
    w.advance(1s);
    CHECK(w.left() == 0);
  }
}

TEST_CASE("a delete that is repeated gets the first answer and deletes nothing new", "[shard]") {
  policy_world w;
  w.start();
  auto remove = [&](const term& which, const std::string& operation) {
    auto removed = w.ask<bool>(w.shard, atoms::remove_v, which, operation);
    REQUIRE(removed);
    return *removed;
  };
  auto init = [&](const term& which) {
    REQUIRE(w.ask<receipt>(w.shard, atoms::initialise_v, w.initialisation_of(which)));
  };
  init("order-1");
  CHECK(remove("order-1", "first"));
  CHECK_FALSE(remove("order-2", "second"));
  init("order-1");
  init("order-2");
  for (int time = 0; time < 2; ++time) {
    CHECK(remove("order-1", "first"));
    CHECK_FALSE(remove("order-2", "second"));
    CHECK(w.get("order-1"));
    CHECK(w.get("order-2"));
    w.kill(w.shard);
    w.start();
  }
  CHECK(remove("order-1", "third"));
  CHECK_FALSE(w.get("order-1"));
}

TEST_CASE("a delete of several that is repeated deletes what is left, and nothing new", "[shard]") {
  policy_world w;
  w.start();
  const auto remove = [&](const std::vector<term>& which) {
    const auto removed =
        w.ask<std::uint64_t>(w.shard, atoms::remove_v, which, std::string{"clean up"});
    REQUIRE(removed);
    return *removed;
  };
  for (const auto* one : {"order-1", "order-2", "order-3"})
    REQUIRE(w.init(one));
  CHECK(remove({"order-1", "order-2", "order-1", "nobody"}) == 2);
  REQUIRE(w.init("order-1"));
  REQUIRE(w.init("nobody"));
  for (int time = 0; time < 2; ++time) {
    CHECK(remove({"order-1", "order-2", "order-1", "nobody"}) == 2);
    CHECK(w.get("order-1"));
    CHECK(w.get("nobody"));
    w.kill(w.shard);
    w.start();
  }
  CHECK(remove({"order-1", "order-3"}) == 2);
  CHECK(w.get("order-1"));
  CHECK_FALSE(w.get("order-3"));
}

TEST_CASE("ten thousand instances are restarted, some past and some before their deadline",
          "[shard]") {
  policy_world w;
  w.policy.callback = nullptr;
  w.options.policy.callback = nullptr;
  w.start();
  auto begin = [&](int from, int to) {
    std::vector<step_report> steps;
    for (int i = from; i < to; ++i) {
      steps.push_back(w.step_of(i, "pay", "paid"));
      steps.back().initialise_as = "Order";
    }
    REQUIRE(w.ask<std::vector<step_answer>>(w.shard, atoms::step_v, steps));
  };
  begin(0, 6'000);
  w.advance(20s);
  begin(6'000, 10'000);
  w.kill(w.shard);
  w.advance(15s);
  CHECK(w.reports.empty());
  w.start();
  CHECK(w.reports.size() == 6'000);
  w.advance(14s);
  CHECK(w.reports.size() == 6'000);
  w.advance(1s);
  CHECK(w.reports.size() == 10'000);
  w.kill(w.shard);
  w.start();
  w.advance(24h);
  CHECK(w.reports.size() == 10'000);
}

TEST_CASE("others are served while a caller has many instances reported as late", "[shard]") {
  policy_world w;
  w.policy.callback = nullptr;
  w.options.policy.callback = nullptr;
  shard_options how;
  how.time = timekeeping::events;
  w.start(how);
  std::vector<step_report> steps;
  for (int i = 0; i < 1'200; ++i) {
    steps.push_back(w.step_of(i, "pay", "paid"));
    steps.back().initialise_as = "Order";
  }
  REQUIRE(w.ask<std::vector<step_answer>>(w.shard, atoms::step_v, steps));
  const point_in_time late{w.now() + 1h};
  const point_in_time early{w.now()};
  auto nobody = w.ask_later<void>(w.shard, atoms::expire_v, early);
  auto expired = w.ask_later<void>(w.shard, atoms::expire_v, late);
  auto again = w.ask_later<void>(w.shard, atoms::expire_v, late);
  auto shipped = w.ask_later<receipt>(w.shard, atoms::step_v, w.step_of(1'199, "ship", "shipped"));
  while (!shipped->has_value())
    w.run(1);
  CHECK(nobody->has_value());
  CHECK_FALSE(expired->has_value());
  w.run();
  REQUIRE(expired->has_value());
  REQUIRE(again->has_value());
  CHECK((**expired).has_value());
  CHECK((**again).has_value());
  CHECK(w.reports.size() == 1'199); // the step came before its turn
}

TEST_CASE("a caller hears that late instances cannot be stored", "[shard]") {
  policy_world w;
  shard_options how;
  how.time = timekeeping::events;
  w.start(how);
  std::vector<step_report> steps;
  for (int i = 0; i < 700; ++i) {
    steps.push_back(w.step_of(i, "pay", "paid"));
    steps.back().initialise_as = "Order";
  }
  REQUIRE(w.ask<std::vector<step_answer>>(w.shard, atoms::step_v, steps));
  w.fail_next_commits = 1;
  const point_in_time late{w.now() + 1h};
  const auto expired = w.ask<void>(w.shard, atoms::expire_v, late);
  REQUIRE_FALSE(expired);
  CHECK(expired.error().code == ec::store_failure);
  CHECK(w.ask<void>(w.shard, atoms::expire_v, late));
  CHECK(std::ranges::count(w.reports, ec::transition_timeout, &failure::code) == 700);
}

TEST_CASE("a store that fails is not asked again and again about a late instance", "[shard]") {
  policy_world w;
  w.start();
  REQUIRE(w.init("order-1"));
  const auto before = w.commits;
  w.fail_next_commits = 1'000;
  w.advance(30s);
  CHECK(w.commits - before == 1);
  w.advance(1s);
  CHECK(w.commits - before == 2);
  w.fail_next_commits = 0;
  w.advance(1s);
  CHECK(w.reports.back().code == ec::transition_timeout);
}

TEST_CASE("a deadline in the distant future is waited for", "[shard]") {
  policy_world w;
  w.options.transition_timeout = std::chrono::hours{24 * 365 * 1'000};
  shard_options how;
  how.prune_interval = std::chrono::hours{24 * 365 * 1'000};
  w.start(how);
  REQUIRE(w.init("order-1"));
  w.advance(72h);
  CHECK(w.reports.empty());
  CHECK(w.step("order-1", "pay", "paid"));
}

TEST_CASE("others are served while many late instances are counted", "[shard]") {
  policy_world w;
  w.start();
  std::vector<step_report> steps;
  for (int i = 0; i < 1'800; ++i) {
    steps.push_back(w.step_of(i, "pay", "paid"));
    steps.back().initialise_as = "Order";
  }
  REQUIRE(w.ask<std::vector<step_answer>>(w.shard, atoms::step_v, steps));
  w.kill(w.shard);
  w.advance(60s);
  const auto before = w.commits;
  w.start();
  CHECK(w.reports.size() == 1'800);
  CHECK(w.commits - before >= 4); // several groups, not one
  CHECK(w.ask<void>(w.shard, atoms::expire_v, point_in_time{w.now() + 24h}));
  CHECK(w.reports.size() == 1'800);
}
