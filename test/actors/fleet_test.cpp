#include "actors/fleet/fleet.hpp"

#include "test/support/fleet_world.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <chrono>
#include <set>
#include <stdexcept>
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

// -- starting -------------------------------------------------------------------------------------

TEST_CASE("the first call starts the worker of its key", "[fleet]") {
  fleet_world w;
  CHECK(w.counters->count() == 0);
  CHECK(w.call(ada, atoms::where_v) == "<<\"ada\">>#1");
  CHECK(w.call(ada, atoms::where_v) == "<<\"ada\">>#1");
  CHECK(w.call(bob, atoms::where_v) == "<<\"bob\">>#1");
  CHECK(w.counters->keys() == std::vector{ada, bob});
}

TEST_CASE("two first calls at once start one worker", "[fleet]") {
  fleet_world w;
  auto first = w.counters->begin_call(ada, atoms::where_v);
  auto second = w.counters->begin_call(ada, atoms::where_v);
  w.run();
  CHECK(first.wait() == "<<\"ada\">>#1");
  CHECK(second.wait() == "<<\"ada\">>#1");
  CHECK(w.log->starts[ada] == 1);
}

TEST_CASE("keys are terms, and different ones are different workers", "[fleet]") {
  fleet_world w;
  for (const auto& key : {term{1}, term{1.0}, term{"1"}, term{atom{"1"}}, term{},
                          term::tuple({1, "x"}), term::list({"a", "b"}), term::list({"ab"})})
    CHECK(w.call(key, atoms::where_v) == to_text(key) + "#1");
  CHECK(w.counters->count() == 8);
}

TEST_CASE("a call that is to start nothing is refused without a worker", "[fleet]") {
  fleet_world w;
  auto careful = w.counters->with({.absent = if_absent::refuse});
  auto refused = w.settled(careful.begin_call(ada, atoms::get_v));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ec::not_started);
  CHECK(names_fleet_and_key(refused.error()));
  CHECK(w.log->starts.empty());
  REQUIRE(w.call(ada, atoms::get_v));
  CHECK(w.settled(careful.begin_call(ada, atoms::get_v)));
}

TEST_CASE("the report hears of a cast that started nothing", "[fleet]") {
  fleet_options options;
  options.calls.absent = if_absent::refuse;
  fleet_world w{options};
  REQUIRE(w.counters->cast(ada, atoms::write_v, 1));
  w.run();
  REQUIRE(w.reports.size() == 1);
  CHECK(w.reports[0].code == ec::not_started);
  CHECK(names_fleet_and_key(w.reports[0]));
  CHECK(w.counters->with({}).cast(ada, atoms::write_v, 2));
  w.run();
  CHECK(w.log->numbers[ada] == std::vector{2});
}

TEST_CASE("a worker that cannot be started fails its calls, and is tried again", "[fleet]") {
  fleet_world w;
  w.log->troubles[ada] = {trouble::throws, trouble::no_actor, trouble::crashes_at_once};
  for (const auto* why : {"no counter today", "gave no actor", "ended while it started"}) {
    auto first = w.counters->begin_call(ada, atoms::get_v);
    auto second = w.counters->begin_call(ada, atoms::get_v);
    w.run();
    for (auto* call : {&first, &second}) {
      auto failed = call->wait();
      REQUIRE_FALSE(failed);
      CHECK(failed.error().code == ec::unavailable);
      CHECK(names_fleet_and_key(failed.error()));
      CHECK(mentions(failed.error(), why));
    }
    CHECK(w.counters->count() == 0);
  }
  CHECK(w.call(ada, atoms::get_v) == 0);
}

TEST_CASE("there are at most max_workers", "[fleet]") {
  fleet_options options;
  options.max_workers = 1;
  fleet_world w{options};
  REQUIRE(w.call(bob, atoms::get_v));
  auto refused = w.call(ada, atoms::get_v);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ec::max_children);
  CHECK(names_fleet_and_key(refused.error()));
  REQUIRE(w.tell_keeper(atoms::stop_worker_v, bob));
  CHECK(w.call(ada, atoms::get_v));
}

TEST_CASE("messages of one sender keep their order while the worker starts", "[fleet]") {
  fleet_world w;
  std::vector<int> sent;
  for (int number = 0; number < 50; ++number) {
    REQUIRE(w.counters->cast(ada, atoms::write_v, number));
    sent.push_back(number);
    w.run(1); // the worker is there at some point, and others still on the detour
  }
  CHECK(w.call(ada, atoms::get_v) == 50);
  CHECK(w.log->numbers[ada] == sent);
}

TEST_CASE("requests and casts of one actor keep their order", "[fleet]") {
  fleet_options options;
  if (GENERATE(true, false))
    options.idle_timeout = 1h;
  fleet_world w{options};
  int answers = 0;
  const auto send = [&](auto* self, int number) {
    if (number % 2 == 0)
      w.counters->request(self, ada, atoms::write_v, number)
          .then([&answers] { ++answers; }, [](const failure&) { FAIL(); });
    else
      CHECK(w.counters->cast(ada, atoms::write_v, number));
  };
  auto sender = w.system().spawn([&](caf::event_based_actor* self) -> caf::behavior {
    return {[&send, self](int number) {
      send(self, number);
      send(self, number + 1);
    }};
  });
  std::vector<int> sent;
  for (int number = 0; number < 50; number += 2) {
    compat::anon_send(sender, number);
    sent.push_back(number);
    sent.push_back(number + 1);
    w.run(1); // so some are sent while the worker starts, some when it is there
  }
  w.run();
  CHECK(w.log->numbers[ada] == sent);
  CHECK(answers == 25);
  compat::ask_to_exit(caf::actor_cast<caf::strong_actor_ptr>(sender),
                      caf::exit_reason::user_shutdown);
}

TEST_CASE("a call that was given up before its worker came is not sent to it", "[fleet]") {
  fleet_options options;
  if (GENERATE(true, false))
    options.idle_timeout = 1h;
  fleet_world w{options};
  REQUIRE(w.call(ada, atoms::get_v));
  w.crash_later(ada);
  while (w.counters->count() == 1)
    w.run(1);
  auto given_up = w.counters->with({.timeout = 1s}).begin_call(ada, atoms::write_v, 1);
  w.run(1);
  w.advance_unhandled(1s);
  w.run();
  auto failed = given_up.wait();
  if (failed) // the worker was faster
    CHECK(w.log->numbers[ada] == std::vector{1});
  else
    CHECK(w.log->numbers[ada].empty() == mentions(failed.error(), "nothing was sent"));
}

TEST_CASE("whoever waits without end is answered, too", "[fleet]") {
  fleet_options options;
  options.shutdown = duration::max();
  fleet_world w{options};
  const auto patient = w.counters->with({.timeout = duration::max()});
  for (int i = 0; i < 2; ++i) { // by way of the keeper, and straight
    auto call = patient.begin_call(ada, atoms::get_v);
    w.run();
    REQUIRE(call.is_answered());
    CHECK(call.wait() == 0);
  }
  CHECK(w.tell_keeper(atoms::stop_worker_v, ada));
}

// -- errors of workers ----------------------------------------------------------------------------

TEST_CASE("a worker's own error is the call's", "[fleet]") {
  fleet_world w;
  auto failed = w.call(ada, atoms::remove_v);
  REQUIRE_FALSE(failed);
  CHECK(failed.error() == failure{ec::store_failure, "disk full", {}});
}

TEST_CASE("a call that crashes its worker says that nobody knows its effect", "[fleet]") {
  fleet_world w;
  auto crashing = w.counters->begin_call(ada, atoms::check_v);
  auto behind = w.counters->begin_call(ada, atoms::where_v);
  auto failed = w.settled(std::move(crashing));
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == ec::unavailable);
  CHECK(mentions(failed.error(), "may or may not have had effect"));
  CHECK(names_fleet_and_key(failed.error()));
  auto next = behind.wait(); // in the mailbox, or waiting for the next worker
  CHECK((next ? *next == "<<\"ada\">>#2" : next.error().code == ec::unavailable));
  CHECK(w.call(ada, atoms::where_v) == "<<\"ada\">>#2");
}

TEST_CASE("calls in the mailbox of a worker that is killed fail", "[fleet]") {
  fleet_world w;
  REQUIRE(w.call(ada, atoms::get_v));
  auto unanswered = w.counters->begin_call(ada, atoms::read_v);
  w.run();
  w.crash_later(ada);
  auto failed = w.settled(std::move(unanswered));
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == ec::unavailable);
  CHECK(names_fleet_and_key(failed.error()));
}

TEST_CASE("a call that is not answered in time says that nobody knows its effect", "[fleet]") {
  fleet_world w;
  auto slow = w.counters->with({.timeout = 2s}).begin_call(ada, atoms::read_v);
  w.run();
  w.pass(2s);
  auto failed = slow.wait();
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == ec::unavailable);
  CHECK(mentions(failed.error(), "in time; the call may or may not have had effect"));
  CHECK(names_fleet_and_key(failed.error()));
}

// -- all workers ----------------------------------------------------------------------------------

TEST_CASE("keys come in pages, in term order", "[fleet]") {
  fleet_world w;
  std::vector<term> all;
  for (int key = 0; key < 25; ++key) {
    all.emplace_back(key);
    REQUIRE(w.call(key, atoms::get_v));
  }
  CHECK(w.counters->count() == 25);
  std::vector<term> read;
  std::optional<term> last;
  for (auto page = w.counters->keys({}, 10); !page.empty(); page = w.counters->keys(last, 10)) {
    CHECK(page.size() <= 10);
    read.insert(read.end(), page.begin(), page.end());
    last = page.back();
  }
  CHECK(read == all);
}

TEST_CASE("a random worker is any of them", "[fleet]") {
  fleet_world w;
  CHECK_FALSE(w.counters->random());
  for (int key = 0; key < 3; ++key)
    REQUIRE(w.call(key, atoms::get_v));
  std::set<term> seen;
  for (int draw = 0; draw < 10'000 && seen.size() < 3; ++draw) // 3 * (2/3)^10000 to fail
    seen.insert(*w.counters->random());
  CHECK(seen == std::set<term>{0, 1, 2});
}

TEST_CASE("a broadcast reaches all workers and starts none", "[fleet]") {
  fleet_world w;
  CHECK(w.counters->broadcast(atoms::write_v, 0) == 0);
  for (int key = 0; key < 2'500; ++key)
    REQUIRE(w.counters->cast(key, atoms::write_v, 1));
  w.run();
  CHECK(w.counters->broadcast(atoms::write_v, 2) == 2'500);
  w.run();
  CHECK(w.log->numbers.size() == 2'500);
  CHECK(std::ranges::all_of(w.log->numbers, [](const auto& one) {
    return one.second == std::vector{1, 2};
  }));
}

// -- those who ask --------------------------------------------------------------------------------

TEST_CASE("an actor asks workers without blocking", "[fleet]") {
  fleet_world w;
  std::vector<std::string> heard;
  auto asking = [&](caf::event_based_actor* self) {
    w.counters->request(self, ada, atoms::where_v)
        .then([&heard](const std::string& where) { heard.push_back(where); },
              [](const failure&) { FAIL(); });
    w.counters->with({.absent = if_absent::refuse})
        .request(self, bob, atoms::write_v, 1)
        .then([] { FAIL(); },
              [&heard](const failure& reason) { heard.emplace_back(to_string(reason.code)); });
    w.counters->via(ada)
        .request(self, atoms::write_v, 1)
        .then([&heard] { heard.emplace_back("written"); }, [](const failure&) { FAIL(); });
  };
  w.system().spawn(asking);
  w.run();
  std::ranges::sort(heard);
  CHECK(heard == std::vector<std::string>{"<<\"ada\">>#1", "not_started", "written"});
}

TEST_CASE("an address finds each worker of its key", "[fleet]") {
  fleet_world w;
  auto address = w.counters->via(ada);
  REQUIRE(address.cast(atoms::write_v, 1));
  w.run();
  w.crash(ada);
  REQUIRE(address.cast(atoms::write_v, 2));
  w.run();
  CHECK(w.log->starts[ada] == 2);
  CHECK(w.log->numbers[ada] == std::vector{1, 2});
}

TEST_CASE("untyped workers say what they have no message for", "[fleet]") {
  world w;
  auto made = fleet<caf::actor>::begin_start(
      w.system(), {.name = "any"}, [](caf::actor_system& sys, const term&) -> caf::actor {
        return sys.spawn([](caf::event_based_actor*) -> caf::behavior {
          return {[](int number) { return number + 1; }};
        });
      });
  REQUIRE(made);
  w.run();
  const auto settled = [&](auto pending) {
    w.run();
    return pending.wait();
  };
  CHECK(settled(made->begin_call<int>(ada, 1)) == 2);
  auto unknown = settled(made->begin_call<int>(ada, "text"));
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code == ec::invalid_argument);
  CHECK(mentions(unknown.error(), "has no such message"));
  auto other = settled(made->begin_call<std::string>(ada, 1));
  REQUIRE_FALSE(other);
  CHECK(other.error().code == ec::invalid_argument);
  made->begin_stop();
  w.run();
}

TEST_CASE("a report that throws harms nobody", "[fleet]") {
  world w;
  int reports = 0;
  fleet_options options;
  options.name = "any";
  options.calls.absent = if_absent::refuse;
  options.report = [&reports](const failure&) {
    ++reports;
    throw std::runtime_error{"no report today"};
  };
  auto made = fleet<caf::actor>::begin_start(
      w.system(), std::move(options), [](caf::actor_system& sys, const term&) -> caf::actor {
        return sys.spawn([](caf::event_based_actor* self) -> caf::behavior {
          return {[self](int) { self->quit(caf::exit_reason::unknown); }};
        });
      });
  REQUIRE(made);
  w.run();
  const auto keeper = made->keeper();
  REQUIRE(made->cast(ada, 1)); // the keeper reports
  w.run();
  CHECK(reports == 1);
  CHECK_FALSE(compat::has_ended(caf::actor_cast<caf::strong_actor_ptr>(keeper)));
  REQUIRE(made->with({}).cast(ada, 1)); // the supervisor does
  w.run();
  CHECK(reports == 2);
  CHECK(made->count() == 1);
  CHECK(made->keeper() == keeper);
  made->begin_stop();
  w.run();
}

TEST_CASE("options that make no sense are refused", "[fleet]") {
  world w;
  auto none = fleet<caf::actor>::begin_start(w.system(), {.name = "any"}, nullptr);
  REQUIRE_FALSE(none);
  CHECK(none.error().code == ec::invalid_configuration);
  auto maker = [](caf::actor_system&, const term&) { return caf::actor{}; };
  CHECK(fleet<caf::actor>::begin_start(w.system(), {.name = "any", .idle_timeout = 0s}, maker)
            .error()
            .code
        == ec::invalid_configuration);
}

namespace {

// What a typed interface knows when it is compiled.
static_assert(understands<counter_actor, atoms::get>);
static_assert(understands<counter_actor, atoms::write, int>);
static_assert(!understands<counter_actor, atoms::write, std::string>);
static_assert(understands<caf::actor, std::string>);
static_assert(std::is_same_v<answer_of<counter_actor, from_interface, atoms::get>, int>);
static_assert(std::is_void_v<answer_of<counter_actor, from_interface, atoms::write, int>>);
static_assert(std::is_same_v<answer_of<caf::actor, int, const char*>, int>);

} // namespace
