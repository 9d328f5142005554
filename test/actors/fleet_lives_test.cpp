/// How workers of a fleet, and what starts them, end and are there again.

#include "actors/fleet/fleet.hpp"

#include "test/support/fleet_world.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <string>
#include <vector>

using namespace lockstep;
using namespace lockstep::test;
using namespace std::chrono_literals;
using trouble = worker_log::trouble;

namespace {

const term ada{"ada"};
const term bob{"bob"};

} // namespace

// -- crashes --------------------------------------------------------------------------------------

TEST_CASE("after a crash a key has no worker, then exactly one", "[fleet]") {
  fleet_world w;
  REQUIRE(w.call(ada, atoms::get_v));
  w.crash_later(ada);
  std::vector<std::size_t> counts;
  for (int turn = 0; turn < 40; ++turn) {
    w.run(1);
    CHECK(w.alive() <= 1);
    if (const auto count = w.counters->count(); counts.empty() || counts.back() != count)
      counts.push_back(count);
  }
  CHECK(counts == std::vector<std::size_t>{1, 0, 1});
  CHECK(w.call(ada, atoms::where_v) == "<<\"ada\">>#2");
}

TEST_CASE("a call during a restart waits for the next worker", "[fleet]") {
  fleet_world w;
  REQUIRE(w.call(ada, atoms::get_v));
  const auto starts_nothing = w.counters->with({.absent = if_absent::refuse});
  w.crash_later(ada);
  while (w.counters->count() == 1)
    w.run(1);
  auto waiting = w.counters->begin_call(ada, atoms::where_v);
  auto careful = starts_nothing.begin_call(ada, atoms::where_v);
  w.run();
  CHECK(waiting.wait() == "<<\"ada\">>#2");
  CHECK(careful.wait() == "<<\"ada\">>#2");
}

TEST_CASE("a worker that ends normally is gone until the next call", "[fleet]") {
  fleet_world w;
  REQUIRE(w.call(ada, atoms::expire_v));
  w.run();
  CHECK(w.counters->count() == 0);
  CHECK(w.reports.empty());
  CHECK(w.call(ada, atoms::where_v) == "<<\"ada\">>#2");
}

TEST_CASE("a worker that crashes too often is parked, and the others go on", "[fleet]") {
  fleet_world w;
  REQUIRE(w.call(bob, atoms::get_v));
  REQUIRE(w.call(ada, atoms::get_v));
  for (int crash = 0; crash < 4; ++crash)
    w.crash(ada);
  CHECK(w.counters->keys() == std::vector{bob});
  auto refused = w.call(ada, atoms::get_v);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ec::child_parked);
  CHECK(names_fleet_and_key(refused.error()));
  CHECK(refused.error().context.contains("reason"));
  REQUIRE(w.counters->cast(ada, atoms::write_v, 1));
  w.run();
  CHECK(w.reports.back().code == ec::child_parked);
  auto parked = w.tell_keeper<std::vector<child_info>>(atoms::show_parked_v);
  REQUIRE(parked);
  REQUIRE(parked->size() == 1);
  CHECK(parked->at(0).name == ada);
  CHECK(parked->at(0).parked == *refused.error().context["reason"].as_binary());
  CHECK(w.call(bob, atoms::where_v) == "<<\"bob\">>#1");

  REQUIRE(w.tell_keeper(atoms::restart_child_v, ada));
  CHECK(w.call(ada, atoms::where_v) == "<<\"ada\">>#5");
  CHECK(w.tell_keeper<std::vector<child_info>>(atoms::show_parked_v)->empty());
}

TEST_CASE("calls that wait for a worker are refused when it is parked", "[fleet]") {
  fleet_options options;
  options.budget = {0, 5s};
  fleet_world w{options};
  REQUIRE(w.call(ada, atoms::get_v));
  w.crash_later(ada);
  while (w.counters->count() == 1)
    w.run(1);
  auto refused = w.call(ada, atoms::get_v);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ec::child_parked);
  CHECK(w.counters->count() == 0);
}

TEST_CASE("a parked worker that cannot be started stays parked", "[fleet]") {
  fleet_options options;
  options.budget = {0, 5s};
  fleet_world w{options};
  REQUIRE(w.call(ada, atoms::get_v));
  w.crash(ada);
  w.log->troubles[ada] = {trouble::throws};
  auto failed = w.tell_keeper(atoms::restart_child_v, ada);
  REQUIRE_FALSE(failed);
  CHECK(names_fleet_and_key(failed.error()));
  CHECK(w.call(ada, atoms::get_v).error().code == ec::child_parked);
  REQUIRE(w.tell_keeper(atoms::restart_child_v, ada));
  CHECK(w.call(ada, atoms::get_v));
  auto refused = w.tell_keeper(atoms::restart_child_v, ada);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ec::child_not_found);
}

TEST_CASE("a parked worker that is stopped is forgotten", "[fleet]") {
  fleet_options options;
  options.budget = {0, 5s};
  fleet_world w{options};
  REQUIRE(w.call(ada, atoms::get_v));
  w.crash(ada);
  REQUIRE(w.tell_keeper(atoms::stop_worker_v, ada));
  CHECK(w.tell_keeper<std::vector<child_info>>(atoms::show_parked_v)->empty());
  CHECK(w.call(ada, atoms::where_v) == "<<\"ada\">>#2");
}

// -- stopping -------------------------------------------------------------------------------------

TEST_CASE("a worker that is stopped handles first what it was sent", "[fleet]") {
  fleet_world w;
  REQUIRE(w.call(ada, atoms::get_v));
  REQUIRE(w.counters->cast(ada, atoms::write_v, 1));
  REQUIRE(w.tell_keeper(atoms::stop_worker_v, ada));
  CHECK(w.log->numbers[ada] == std::vector{1});
  CHECK(w.alive() == 0);
  CHECK(w.counters->count() == 0);
  CHECK(w.reports.empty());
  auto again = w.tell_keeper(atoms::stop_worker_v, ada);
  REQUIRE_FALSE(again);
  CHECK(again.error().code == ec::not_started);
  CHECK(w.call(ada, atoms::where_v) == "<<\"ada\">>#2");
}

TEST_CASE("a worker that does not end when it is stopped is killed", "[fleet]") {
  fleet_world w;
  w.log->stubborn = true;
  REQUIRE(w.call(ada, atoms::get_v));
  auto stopped = w.ask_later<void>(w.counters->keeper(), atoms::stop_worker_v, ada);
  w.run();
  auto next = w.counters->begin_call(ada, atoms::where_v);
  w.pass(4s);
  CHECK_FALSE(stopped->has_value());
  CHECK(w.alive() == 1);
  w.pass(1s);
  w.pass(5s); // the supervisor asks it, too, and waits
  REQUIRE(stopped->has_value());
  CHECK(stopped->value());
  CHECK(w.log->ends[ada] == 1);
  w.log->stubborn = false;
}

TEST_CASE("a worker that is stopped while it starts ends after its first messages", "[fleet]") {
  fleet_world w;
  REQUIRE(w.counters->cast(ada, atoms::write_v, 1));
  auto stopped = w.ask_later<void>(w.counters->keeper(), atoms::stop_worker_v, ada);
  w.run();
  REQUIRE(stopped->has_value());
  CHECK(stopped->value());
  CHECK(w.log->numbers[ada] == std::vector{1});
  CHECK(w.alive() == 0);
}

TEST_CASE("nothing is left of a fleet that was stopped", "[fleet]") {
  fleet_world w;
  for (int key = 0; key < 100; ++key)
    REQUIRE(w.call(key, atoms::get_v));
  auto unanswered = w.counters->begin_call(0, atoms::read_v);
  w.run();
  w.counters->begin_stop();
  auto failed = w.settled(std::move(unanswered));
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == ec::unavailable);
  w.counters->stop(); // has ended, so does not wait
  CHECK(w.alive() == 0);
  CHECK(w.counters->count() == 0);
  auto late = w.call(ada, atoms::get_v);
  REQUIRE_FALSE(late);
  CHECK(late.error().code == ec::unavailable);
  CHECK(mentions(late.error(), "fleet \"counters\" does not run"));
  CHECK_FALSE(w.counters->cast(ada, atoms::write_v, 1));
  CHECK(w.counters->broadcast(atoms::write_v, 1) == 0);
}

TEST_CASE("the last handle stops the fleet", "[fleet]") {
  fleet_world w;
  REQUIRE(w.call(ada, atoms::get_v));
  auto copy = *w.counters;
  w.counters.reset();
  w.run();
  CHECK(w.alive() == 1);
  CHECK(w.settled(copy.begin_call(ada, atoms::get_v)));
  w.counters = std::move(copy);
  w.counters.reset();
  w.run();
  CHECK(w.alive() == 0);
}

// -- the fleet's own actors -----------------------------------------------------------------------

TEST_CASE("workers outlive the keeper, and parked ones stay so", "[fleet]") {
  fleet_world w;
  REQUIRE(w.call(ada, atoms::get_v));
  REQUIRE(w.call(bob, atoms::get_v));
  for (int crash = 0; crash < 4; ++crash)
    w.crash(bob);
  const auto before = w.counters->keeper();
  w.kill(before);
  auto early = w.counters->begin_call(3, atoms::where_v);
  w.run();
  auto answer = early.wait();
  CHECK((answer || answer.error().code == ec::unavailable));
  CHECK(w.counters->keeper() != before);
  CHECK(w.call(ada, atoms::where_v) == "<<\"ada\">>#1");
  CHECK(w.call(bob, atoms::where_v).error().code == ec::child_parked);
  REQUIRE(w.tell_keeper(atoms::stop_worker_v, ada));
  CHECK(w.call(ada, atoms::where_v) == "<<\"ada\">>#2");
  w.crash(ada);
  CHECK(w.call(ada, atoms::where_v) == "<<\"ada\">>#3");
}

TEST_CASE("a message to a keeper that ends is refused", "[fleet]") {
  fleet_world w;
  auto lost = w.counters->begin_call(ada, atoms::get_v);
  w.run(1);
  w.kill(w.counters->keeper());
  auto failed = w.settled(std::move(lost));
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == ec::unavailable);
  CHECK(w.call(ada, atoms::get_v));
}
