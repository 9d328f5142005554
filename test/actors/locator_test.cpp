#include "actors/locator.hpp"

#include "test/support/changes.hpp"
#include "test/support/node_world.hpp"
#include "test/support/results.hpp"

#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace lockstep;
using namespace lockstep::test;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

const term order = "order-1";

struct locating_world : node_world {
  using node_world::node_world;

  whereabouts where(const term& identifier) {
    return must(ask<whereabouts>(manager, atoms::where_v, identifier));
  }
};

} // namespace

TEST_CASE("where an instance is is told with its state and the way there", "[locator]") {
  locating_world w;
  must(w.init(order));
  must(w.pay(order));
  const auto found = w.where(order);
  const auto home = locating_world::home_of(order);
  CHECK(found.identifier == order);
  CHECK(found.why == shard_layout{locating_world::shards}.explain(order));
  CHECK(found.shard == home);
  CHECK(found.name == shard_name(home));
  CHECK(found.display_name == shard_display_name(home));
  CHECK(found.status == actor_status::alive);
  CHECK(found.restarts == 0);
  CHECK(found.store.empty());
  CHECK(found.found == located_instance{"Order", "paid", 2, w.now()});
  CHECK_FALSE(found.unknown);
}

TEST_CASE("where an instance would be is told, too", "[locator]") {
  locating_world w;
  const auto found = w.where("nobody");
  CHECK(found.shard == locating_world::home_of("nobody"));
  CHECK(found.status == actor_status::alive);
  CHECK_FALSE(found.found);
  CHECK_FALSE(found.unknown);
}

TEST_CASE("restarts of the instance's own shard are counted", "[locator]") {
  locating_world w;
  must(w.init(order));
  w.kill(w.shard(locating_world::home_of(order)));
  w.run();
  CHECK(w.where(order).restarts == 1);
  CHECK(w.where(order).status == actor_status::alive);
  CHECK(w.where(order).found == located_instance{"Order", "new", 1, w.now()});
  for (int i = 0;; ++i)
    if (term other = "order-" + std::to_string(i);
        locating_world::home_of(other) != locating_world::home_of(order)) {
      CHECK(w.where(other).restarts == 0);
      break;
    }
}

TEST_CASE("the question is answered while the shard is not running", "[locator]") {
  locating_world w{0}; // the supervisor gives up at once
  must(w.init(order));
  w.kill(w.shard(locating_world::home_of(order)));
  w.run();
  REQUIRE(w.ended);
  const auto found = w.where(order);
  CHECK(found.status == actor_status::not_running);
  CHECK_FALSE(found.found);
  REQUIRE(found.unknown);
  CHECK(found.unknown->code == ec::unavailable);
}

TEST_CASE("a shard that is left stopped is told as parked, with the reason", "[locator]") {
  locating_world w;
  w.stop();
  w.budget = restart_budget{0, 5s};
  w.start();
  w.ended.reset();
  must(w.init(order));
  w.kill(w.shard(locating_world::home_of(order)));
  w.run();
  REQUIRE_FALSE(w.ended);
  const auto found = w.where(order);
  CHECK(found.status == actor_status::parked);
  CHECK_THAT(found.reason, ContainsSubstring("kill"));
  CHECK_FALSE(found.found);
  REQUIRE(found.unknown);
  CHECK(found.unknown->code == ec::unavailable);
}

TEST_CASE("a shard that cannot start yet is told as restarting, until it runs", "[locator]") {
  locating_world w{no_limit};
  must(w.init(order));
  w.stores_open = false;
  w.kill(w.shard(locating_world::home_of(order)));
  w.run();
  const auto before = w.where(order);
  CHECK(before.status == actor_status::restarting);
  CHECK(before.reason.empty());
  CHECK_FALSE(before.found);
  REQUIRE(before.unknown);
  CHECK(before.unknown->code == ec::unavailable);
  w.stores_open = true;
  w.advance(1s);
  const auto after = w.where(order);
  CHECK(after.status == actor_status::alive);
  CHECK(after.restarts >= 1);
  CHECK(after.found == located_instance{"Order", "new", 1, w.now() - 1s});
}

TEST_CASE("of a quarantined instance it is told why its state is not known", "[locator]") {
  locating_world w;
  must(w.init(order));
  w.dangers->fatal_commits.insert(order);
  (void)w.pay(order);
  w.advance(1s);
  const auto found = w.where(order);
  CHECK(found.status == actor_status::alive);
  CHECK(found.restarts >= 2);
  REQUIRE(found.unknown);
  CHECK(found.unknown->code == ec::instance_quarantined);
}

TEST_CASE("a shard that crashes over the question is told as one that restarts", "[locator]") {
  locating_world w;
  must(w.init(order));
  w.kill(w.shard(locating_world::home_of(order))); // forgets what it had in memory
  w.run();
  w.dangers->calls_left = 1;
  const auto found = w.where(order);
  CHECK(found.shard == locating_world::home_of(order));
  CHECK_FALSE((found.found.has_value() && found.unknown.has_value()));
}
