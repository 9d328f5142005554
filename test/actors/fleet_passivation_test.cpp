#include "actors/fleet/fleet.hpp"

#include "test/support/fleet_world.hpp"

#include <catch2/catch_test_macros.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

using namespace lockstep;
using namespace std::chrono_literals;
using test::fleet_world;

namespace {

const term ada{"ada"};

fleet_options ending_idle_workers(duration after = 8s) {
  fleet_options options;
  options.idle_timeout = after;
  return options;
}

/// Runs the world until the worker of that key has been asked to end, but not further.
void run_until_asked_to_end(fleet_world& w) {
  w.set_forward(8s);
  w.advance_unhandled(2s); // the sweep's
  w.run(1);
}

} // namespace

TEST_CASE("an idle worker is ended, and the next message starts another one", "[fleet]") {
  fleet_world w{ending_idle_workers()};
  REQUIRE(w.call(ada, atoms::where_v) == "<<\"ada\">>#1");
  w.pass(7s);
  CHECK(w.counters->count() == 1);
  w.pass(3s); // at most a quarter more
  CHECK(w.counters->count() == 0);
  CHECK(w.alive() == 0);
  CHECK(w.reports.empty());
  CHECK(w.call(ada, atoms::where_v) == "<<\"ada\">>#2");
}

TEST_CASE("whoever is called is not idle", "[fleet]") {
  fleet_world w{ending_idle_workers()};
  for (int i = 0; i < 10; ++i) {
    REQUIRE(w.call(ada, atoms::where_v) == "<<\"ada\">>#1");
    w.pass(7s);
  }
  REQUIRE(w.counters->cast(ada, atoms::write_v, 1));
  w.pass(7s);
  CHECK(w.alive() == 1);
}

TEST_CASE("a worker is not ended while a call waits for its answer", "[fleet]") {
  fleet_world w{ending_idle_workers()};
  const auto patient = w.counters->with({.timeout = 1h});
  auto first = patient.begin_call(ada, atoms::read_v); // by way of the keeper
  w.run();
  auto second = patient.begin_call(ada, atoms::read_v); // straight
  w.run();
  w.pass(10min);
  CHECK(w.alive() == 1);
  REQUIRE(w.counters->cast(ada, atoms::resume_v));
  w.run();
  CHECK(first.wait() == 0);
  CHECK(second.wait() == 0);
  w.pass(7s);
  CHECK(w.alive() == 1); // idle since the answers
  w.pass(3s);
  CHECK(w.alive() == 0);
}

TEST_CASE("a call that is given up does not keep a worker", "[fleet]") {
  fleet_world w{ending_idle_workers()};
  auto slow = w.counters->with({.timeout = 2s}).begin_call(ada, atoms::read_v);
  w.run();
  w.pass(2s);
  REQUIRE_FALSE(slow.wait());
  w.pass(10s);
  CHECK(w.alive() == 0);
}

TEST_CASE("a message that was sent before the end is handled by the worker that ends", "[fleet]") {
  fleet_world w{ending_idle_workers()};
  REQUIRE(w.call(ada, atoms::get_v));
  // The clock says idle, but a message comes just before the sweep.
  w.set_forward(8s);
  REQUIRE(w.counters->cast(ada, atoms::write_v, 1));
  w.advance(2s);
  CHECK(w.alive() == 1);
  // Idle by the clock while the message is still in the mailbox: the end comes behind it.
  w.advance_unhandled(2s); // the sweep is first in line
  REQUIRE(w.counters->cast(ada, atoms::write_v, 2));
  w.set_forward(8s);
  w.run();
  CHECK(w.alive() == 0);
  CHECK(w.log->numbers[ada] == std::vector{1, 2});
  CHECK(w.log->starts[ada] == 1);
}

TEST_CASE("messages to a worker that is ending are for the next one", "[fleet]") {
  fleet_world w{ending_idle_workers()};
  REQUIRE(w.call(ada, atoms::get_v));
  run_until_asked_to_end(w);
  REQUIRE(w.alive() == 1);
  REQUIRE(w.counters->cast(ada, atoms::write_v, 1));
  auto call = w.counters->begin_call(ada, atoms::where_v);
  w.run();
  CHECK(call.wait() == "<<\"ada\">>#2");
  CHECK(w.log->numbers[ada] == std::vector{1});
  CHECK(w.call(ada, atoms::get_v) == 1);
}

TEST_CASE("a message that starts nothing is refused by a worker that is ending", "[fleet]") {
  fleet_world w{ending_idle_workers()};
  REQUIRE(w.call(ada, atoms::get_v));
  run_until_asked_to_end(w);
  auto careful = w.counters->with({.absent = if_absent::refuse}).begin_call(ada, atoms::where_v);
  auto refused = w.settled(std::move(careful));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ec::not_started);
  CHECK(w.log->starts[ada] == 1);
}

TEST_CASE("a crash on the way to the end is one like others", "[fleet]") {
  fleet_world w{ending_idle_workers()};
  REQUIRE(w.call(ada, atoms::get_v));
  w.crash_later(ada);
  run_until_asked_to_end(w);
  auto call = w.counters->begin_call(ada, atoms::where_v);
  w.run();
  CHECK(call.wait() == "<<\"ada\">>#2");
  w.pass(6s); // long enough for the first one to be killed if it had stayed
  CHECK(w.call(ada, atoms::where_v) == "<<\"ada\">>#2");
}

TEST_CASE("an idle worker that does not end is killed", "[fleet]") {
  auto options = ending_idle_workers();
  options.calls.timeout = 1h;
  fleet_world w{options};
  w.log->stubborn = true;
  REQUIRE(w.call(ada, atoms::get_v));
  w.log->stubborn = false;
  run_until_asked_to_end(w);
  auto next = w.counters->begin_call(ada, atoms::where_v);
  w.pass(4s);
  CHECK_FALSE(next.is_answered());
  w.pass(1s);
  w.pass(5s); // the supervisor asks it, too, and waits
  REQUIRE(next.is_answered());
  CHECK(next.wait() == "<<\"ada\">>#2");
  CHECK(w.log->ends[ada] == 1);
}

TEST_CASE("a keeper that follows on another kills what does not end", "[fleet]") {
  auto options = ending_idle_workers();
  options.calls.timeout = 1h;
  fleet_world w{options};
  w.log->stubborn = true;
  REQUIRE(w.call(ada, atoms::get_v));
  w.log->stubborn = false;
  run_until_asked_to_end(w);
  w.kill(w.counters->keeper());
  w.run();
  auto next = w.counters->begin_call(ada, atoms::where_v);
  w.run();
  CHECK_FALSE(next.is_answered());
  w.pass(5s);
  w.pass(5s);
  REQUIRE(next.is_answered());
  CHECK(next.wait() == "<<\"ada\">>#2");
}

TEST_CASE("a worker may be stopped while it is being ended", "[fleet]") {
  fleet_world w{ending_idle_workers()};
  REQUIRE(w.call(ada, atoms::get_v));
  w.set_forward(8s);
  w.advance_unhandled(2s);
  auto stopped = w.ask_later<void>(w.counters->keeper(), atoms::stop_worker_v, ada);
  w.run();
  REQUIRE(stopped->has_value());
  CHECK(stopped->value());
  CHECK(w.alive() == 0);
  CHECK(w.call(ada, atoms::where_v) == "<<\"ada\">>#2");
}

TEST_CASE("a keeper that follows on another ends what that one wanted to end", "[fleet]") {
  fleet_world w{ending_idle_workers()};
  REQUIRE(w.call(ada, atoms::get_v));
  run_until_asked_to_end(w);
  w.kill(w.counters->keeper());
  w.run();
  CHECK(w.alive() == 0);
  CHECK(w.call(ada, atoms::where_v) == "<<\"ada\">>#2");
  w.pass(10s);
  CHECK(w.alive() == 0);
}

// -- anything in any order ------------------------------------------------------------------------

namespace {

struct open_call {
  int key;
  /// Starts that the key had when it was called.
  int starts;
  pending_call<std::string> answer;
};

/// Does a number of random things to a fleet of three keys, with the world running at random in
/// between; then everything is answered and nothing is left.
void check_random_life(bool passivating, bool crashing) {
  fleet_options options;
  options.budget.max_restarts = 1'000;
  options.calls.timeout = 1h;
  if (passivating)
    options.idle_timeout = 4ms; // far less than anybody waits for an answer
  fleet_world w{options};
  std::vector<open_call> calls;
  std::map<term, std::vector<int>> sent;
  const auto steps = *rc::gen::inRange(1, 200);
  for (int step = 0; step < steps; ++step) {
    const auto key = *rc::gen::inRange(0, 3);
    switch (*rc::gen::inRange(0, crashing ? 9 : 7)) {
    case 0:
    case 1:
      calls.push_back({key, w.log->starts[key], w.counters->begin_call(key, atoms::where_v)});
      break;
    case 2:
    case 3:
      RC_ASSERT(w.counters->cast(key, atoms::write_v, step));
      sent[key].push_back(step);
      break;
    case 4:
      w.run(*rc::gen::inRange<std::size_t>(1, 4));
      break;
    case 5:
      w.set_forward(std::chrono::milliseconds{*rc::gen::inRange(0, 9)});
      break;
    case 6:
      w.advance_unhandled(1ms);
      break;
    case 7:
      RC_ASSERT(w.counters->with({.absent = if_absent::refuse}).cast(key, atoms::check_v));
      break;
    default:
      w.kill_worker(key);
    }
    for (int one = 0; one < 3; ++one)
      RC_ASSERT(w.alive(one) <= 1);
  }
  w.run();
  for (auto& [key, starts, pending] : calls) {
    RC_ASSERT(pending.is_answered());
    const auto answer = pending.wait();
    if (!answer) {
      if (!crashing || answer.error().code != ec::unavailable)
        RC_FAIL(answer.error().message);
      continue;
    }
    const auto mark = answer->find('#');
    RC_ASSERT(answer->substr(0, mark) == std::to_string(key));
    RC_ASSERT(std::stoi(answer->substr(mark + 1)) >= std::max(starts, 1));
  }
  for (const auto& [key, numbers] : sent) {
    // In the order in which they were sent; none is lost but with a crash, and none comes twice.
    const auto& written = w.log->numbers[key];
    RC_ASSERT(std::ranges::is_sorted(written));
    RC_ASSERT(std::ranges::adjacent_find(written) == written.end());
    if (!crashing)
      RC_ASSERT(written == numbers);
  }
  if (passivating) {
    for (int i = 0; i < 3; ++i)
      w.pass(5s);
    RC_ASSERT(w.alive() == 0);
    RC_ASSERT(w.counters->count() == 0);
  }
  for (int key = 0; key < 3; ++key)
    RC_ASSERT(w.call(key, atoms::get_v).has_value());
  w.counters->begin_stop();
  w.run();
  RC_ASSERT(w.alive() == 0);
  RC_ASSERT(w.counters->count() == 0);
}

} // namespace

TEST_CASE("no message is lost and none overtakes another, however workers come and go", "[fleet]") {
  CHECK(rc::check([](bool passivating) { check_random_life(passivating, false); }));
}

TEST_CASE("every call is answered or fails, whatever crashes when", "[fleet]") {
  CHECK(rc::check([](bool passivating) { check_random_life(passivating, true); }));
}
