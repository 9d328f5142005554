/// Quarantine and what a shard does of itself: deadlines, pruning, deleting.

#include "test/support/node_world.hpp"
#include "test/support/results.hpp"

#include <set>
#include <string>
#include <utility>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace lockstep;
using namespace lockstep::test;
using namespace std::chrono_literals;

namespace {

const term poison = "poison";

/// A node with a poisonous instance between two others of its shard, none of them in memory.
struct poisoned_world : node_world {
  term before = neighbour_of(poison);
  term behind = neighbour_of(poison, 1'000);

  explicit poisoned_world(specification_options how = {}) {
    stop();
    configure(std::move(how));
    start();
    must(init(before));
    must(init(poison));
    must(init(behind));
    kill(shard(home_of(poison)));
    advance(10s); // its restart does not count any more
  }

  /// From now on it crashes its shard.
  void strike(bool in_commit) {
    (in_commit ? dangers->fatal_commits : dangers->fatal_lookups).insert(poison);
  }

  void check_that_others_go_on() {
    CHECK_FALSE(ended);
    const auto held = must(quarantined());
    REQUIRE(held.size() == 1);
    CHECK(held[0].identifier == poison);
    dangers->fatal_commits.clear();
    dangers->fatal_lookups.clear();
  }
};

specification_options timed() {
  specification_options how;
  how.transition_timeout = 30s;
  return how;
}

specification_options prunable() {
  specification_options how;
  how.prune_timeout = 1h;
  how.prunable_states = {prunable_states::kind::all, {}};
  return how;
}

} // namespace

TEST_CASE("an instance that crashes its shard when it is late is quarantined", "[quarantine]") {
  const auto in_commit = GENERATE(false, true);
  CAPTURE(in_commit);
  poisoned_world w{timed()};
  w.strike(in_commit);
  w.reports.clear();
  w.advance(1min);
  w.check_that_others_go_on();
  std::set<term> late;
  for (const auto& one : w.reports)
    if (one.code == ec::transition_timeout)
      late.insert(one.context.at("identifier"));
  CHECK(late == std::set<term>{w.before, w.behind});
}

TEST_CASE("a late instance whose quarantine cannot be stored is not handled again",
          "[quarantine]") {
  poisoned_world w{timed()};
  w.strike(false);
  w.dangers->failing_commits = 1'000;
  w.advance(1min);
  CHECK_FALSE(w.ended);
  CHECK(w.dangers->thrown == 2);
  w.dangers->failing_commits = 0;
  w.advance(1min);
  w.check_that_others_go_on();
}

TEST_CASE("an instance that crashes its shard when a caller has it reported as late is quarantined",
          "[quarantine]") {
  const auto in_commit = GENERATE(false, true);
  CAPTURE(in_commit);
  poisoned_world w{timed()};
  w.strike(in_commit);
  const point_in_time late{w.now() + 1min};
  auto expired = w.ask_later<void>(w.manager, atoms::expire_v, late);
  auto moved = w.ask_later<receipt>(w.manager, atoms::step_v, w.step_of(w.before, "pay", "paid"));
  auto also = w.ask_later<receipt>(w.manager, atoms::step_v, w.step_of(w.behind, "pay", "paid"));
  w.run();
  REQUIRE(expired->has_value());
  CHECK((**expired).has_value());
  CHECK((**moved).has_value());
  CHECK((**also).has_value());
  w.check_that_others_go_on();
}

TEST_CASE("an instance that crashes its shard when it is pruned is quarantined", "[quarantine]") {
  const auto in_commit = GENERATE(false, true);
  CAPTURE(in_commit);
  poisoned_world w{prunable()};
  w.strike(in_commit);
  w.advance(24h);
  w.check_that_others_go_on();
  CHECK(error_code_of(w.get(w.before)) == ec::instance_identifier_not_found);
  CHECK(error_code_of(w.get(w.behind)) == ec::instance_identifier_not_found);
  must(w.release(poison));
  CHECK(must(w.get(poison)).steps.size() == 1);
}

TEST_CASE("an instance that crashes a deletion of many is quarantined", "[quarantine]") {
  const auto in_commit = GENERATE(false, true);
  CAPTURE(in_commit);
  poisoned_world w;
  w.strike(in_commit);
  CHECK(must(w.ask<std::uint64_t>(w.manager, atoms::remove_all_v, instance_filter{}, std::string{}))
        > 0);
  w.check_that_others_go_on();
  CHECK(error_code_of(w.get(w.behind)) == ec::instance_identifier_not_found);
}

TEST_CASE("a quarantined instance is not late", "[quarantine]") {
  node_world w;
  must(w.init(poison));
  w.dangers->fatal_lookups.insert(poison);
  w.kill(w.shard(w.home_of(poison)));
  w.run();
  CHECK(error_code_of(w.pay(poison)) == ec::instance_quarantined);
  const auto told = w.reports.size();
  w.advance(1h);
  CHECK(w.reports.size() == told);
  CHECK_FALSE(w.ended);
}

TEST_CASE("nothing that is quarantined is pruned", "[quarantine]") {
  const term good = "good";
  node_world w;
  w.stop();
  w.configure(prunable());
  w.start();
  must(w.init(poison));
  must(w.init(good));
  w.dangers->fatal_lookups.insert(poison);
  w.kill(w.shard(w.home_of(poison)));
  w.run();
  CHECK(error_code_of(w.pay(poison)) == ec::instance_quarantined);
  w.dangers->fatal_lookups.clear();
  w.advance(24h);
  CHECK(error_code_of(w.get(good)) == ec::instance_identifier_not_found);
  must(w.release(poison));
  CHECK(must(w.get(poison)).steps.size() == 1);
}
