#include "actors/supervision/supervisor.hpp"

#include "test/support/supervisor_world.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace lockstep;
using namespace std::chrono_literals;

namespace {

using test::supervisor_world;
using transcript = std::vector<std::string>;

} // namespace

TEST_CASE("children start in order and stop in reverse order", "[supervisor]") {
  supervisor_world w;
  w.supervise({w.child("a"), w.child("b"), w.child("c")});
  compat::ask_to_exit(caf::actor_cast<caf::strong_actor_ptr>(w.supervisor),
                      caf::exit_reason::user_shutdown);
  w.run();
  CHECK(w.events == transcript{"start a", "start b", "start c", "end c", "end b", "end a"});
  CHECK(w.ended);
}

TEST_CASE("one_for_one starts the child that crashed again, under its name", "[supervisor]") {
  supervisor_world w;
  w.supervise({w.child("a"), w.child("b")});
  auto first = w.names->lookup(term{"a"});
  REQUIRE(first != nullptr);
  w.crash("a");
  CHECK(w.events == transcript{"start a", "start b", "end a", "start a"});
  CHECK(w.names->lookup(term{"a"}) == w.current["a"]);
  CHECK(w.names->lookup(term{"a"}) != first);
  auto children = w.ask<std::vector<child_info>>(w.supervisor, atoms::which_children_v);
  REQUIRE(children);
  CHECK(children->at(0).restarts == 1);
  CHECK(children->at(0).alive);
  CHECK(children->at(1).restarts == 0);
}

TEST_CASE("rest_for_one starts again what was started after the crashed child", "[supervisor]") {
  supervisor_world w;
  w.supervise({w.child("a"), w.child("b"), w.child("c")}, restart_strategy::rest_for_one);
  w.events.clear();
  w.crash("b");
  CHECK(w.events == transcript{"end b", "end c", "start b", "start c"});
}

TEST_CASE("a fourth restart within five seconds is too many", "[supervisor]") {
  supervisor_world w;
  w.supervise({w.child("a"), w.child("b")});
  for (int i = 0; i < 3; ++i) {
    w.crash("a");
    w.advance(1s);
  }
  CHECK_FALSE(w.ended);
  w.crash("a");
  REQUIRE(w.ended);
  CHECK(w.ended->code == ec::unavailable);
  CHECK(w.ended->message.find("more than 3 restarts in 5 s") != std::string::npos);
  CHECK(w.events.back() == "end b");
  w.supervisor = nullptr;
}

TEST_CASE("restarts that are far apart are never too many", "[supervisor]") {
  supervisor_world w;
  w.supervise({w.child("a")});
  for (int i = 0; i < 10; ++i) {
    w.crash("a");
    w.advance(2s);
  }
  CHECK_FALSE(w.ended);
}

TEST_CASE("a child that does not end when asked is killed in the end", "[supervisor]") {
  supervisor_world w;
  w.supervise({w.child("a"), w.child("stubborn", true)});
  compat::ask_to_exit(caf::actor_cast<caf::strong_actor_ptr>(w.supervisor),
                      caf::exit_reason::user_shutdown);
  w.run();
  CHECK(w.events.back() == "start stubborn");
  w.advance(4s);
  CHECK_FALSE(w.ended);
  w.advance(1s);
  CHECK(w.ended);
  CHECK(w.events == transcript{"start a", "start stubborn", "end stubborn", "end a"});
}

TEST_CASE("a start that throws counts like a crash", "[supervisor]") {
  supervisor_world w;
  auto broken = w.child("a");
  auto start = broken.start;
  int starts = 0;
  broken.start = [&starts, start](caf::actor_system& sys) -> result<caf::strong_actor_ptr> {
    if (++starts == 2)
      throw std::runtime_error("boom");
    return start(sys);
  };
  w.supervise({broken, w.child("b")});
  w.crash("a");
  CHECK_FALSE(w.ended);
  CHECK(starts == 3);
  auto children = w.ask<std::vector<child_info>>(w.supervisor, atoms::which_children_v);
  REQUIRE(children);
  CHECK(children->at(0).alive);
}

TEST_CASE("a child that cannot be started again ends the supervisor", "[supervisor]") {
  supervisor_world w;
  auto broken = w.child("a");
  auto start = broken.start;
  int starts = 0;
  broken.start = [&starts, start](caf::actor_system& sys) -> result<caf::strong_actor_ptr> {
    if (++starts > 1)
      return fail(ec::store_failure, "disk full");
    return start(sys);
  };
  w.supervise({broken});
  w.crash("a");
  REQUIRE(w.ended);
  CHECK(w.ended->message.find("disk full") != std::string::npos);
  w.supervisor = nullptr;
}

TEST_CASE("one_for_all starts all children again", "[supervisor]") {
  supervisor_world w;
  w.supervise({w.child("a"), w.child("b"), w.child("c")}, restart_strategy::one_for_all);
  w.events.clear();
  w.crash("b");
  CHECK(w.events == transcript{"end b", "end c", "end a", "start a", "start b", "start c"});
}

TEST_CASE("children start one after the other, each when the one before has its name",
          "[supervisor]") {
  supervisor_world w;
  std::vector<bool> named;
  auto b = w.child("b");
  b.start = [&w, &named, start = b.start](caf::actor_system& sys) {
    named.push_back(w.names->lookup(term{"a"}) == w.current["a"]);
    return start(sys);
  };
  w.supervise({w.child("a"), b}, restart_strategy::rest_for_one);
  w.crash("a");
  CHECK(named == std::vector{true, true});
}

TEST_CASE("what is started again together is what is kept, but not what is parked",
          "[supervisor]") {
  supervisor_world w;
  auto poisoned = w.child("poisoned");
  poisoned.budget = restart_budget{0, 5s};
  w.supervise({w.child("a"), w.child("ended", restart_type::transient), w.child("terminated"),
               poisoned, w.child("temporary", restart_type::temporary), w.child("e")},
              restart_strategy::rest_for_one);
  w.end("ended");
  REQUIRE(w.terminate("terminated"));
  w.crash("poisoned");
  w.events.clear();
  w.crash("a");
  CHECK(w.events
        == transcript{"end a", "end e", "end temporary", "start a", "start ended",
                      "start terminated", "start e"});
  CHECK(w.counts() == child_counts{5, 4, 0, 5, 1});
}

TEST_CASE("a child that crashes while others are started again is started again, too",
          "[supervisor]") {
  supervisor_world w;
  w.supervise({w.child("a"), w.child("b"), w.child("stubborn", true), w.child("d")},
              restart_strategy::rest_for_one);
  w.events.clear();
  w.crash("b");
  // The supervisor waits for the stubborn one.
  CHECK(w.events == transcript{"end b", "end d"});
  w.crash("a");
  auto added = w.start_child_later(w.child("late"));
  w.run();
  CHECK_FALSE(added->has_value());
  w.advance(5s);
  CHECK(w.events
        == transcript{"end b", "end d", "end a", "end stubborn", "start b", "start stubborn",
                      "start d", "end d"});
  w.advance(5s);
  CHECK(transcript(w.events.begin() + 8, w.events.end())
        == transcript{"end stubborn", "end b", "start a", "start b", "start stubborn", "start d",
                      "start late"});
  CHECK(added->has_value());
}

TEST_CASE("children that crash together are started again together, once", "[supervisor]") {
  supervisor_world w;
  w.supervise({w.child("a"), w.child("b"), w.child("c")}, restart_strategy::one_for_all);
  w.events.clear();
  w.kill(w.current["a"]);
  w.kill(w.current["c"]);
  w.run();
  CHECK(w.events == transcript{"end a", "end c", "end b", "start a", "start b", "start c"});
  CHECK(w.listing()[2].restarts == 1);
}

TEST_CASE("a start that fails in the middle is tried again, with those that it concerns",
          "[supervisor]") {
  supervisor_world w;
  const auto strategy = GENERATE(restart_strategy::rest_for_one, restart_strategy::one_for_all);
  w.supervise({w.child("a"), w.child("b"), w.child("c")}, strategy);
  w.events.clear();
  w.failing["b"] = 1;
  w.crash("a");
  if (strategy == restart_strategy::rest_for_one)
    CHECK(w.events
          == transcript{"end a", "end c", "end b", "start a", "fail b", "start b", "start c"});
  else
    CHECK(w.events
          == transcript{"end a", "end c", "end b", "start a", "fail b", "end a", "start a",
                        "start b", "start c"});
}

TEST_CASE("a start that may fail for ever is tried again every second", "[supervisor]") {
  supervisor_world w;
  supervisor_options options;
  options.max_restarts = no_limit;
  options.strategy = GENERATE(restart_strategy::one_for_one, restart_strategy::rest_for_one);
  w.failing["a"] = 3;
  w.supervise(options, {w.child("a"), w.child("b")});
  CHECK(w.failing["a"] == 2);
  w.advance(999ms);
  CHECK(w.failing["a"] == 2);
  CHECK(w.counts()
        == (options.strategy == restart_strategy::one_for_one ? child_counts{2, 2, 0, 2, 0}
                                                              : child_counts{2, 1, 0, 2, 0}));
  w.advance(1s);
  w.advance(1s);
  w.advance(1s);
  CHECK(w.failing["a"] == 0);
  CHECK(w.listing()[0].alive);
  CHECK(w.listing()[1].alive);
}

TEST_CASE("who terminates a child that does not start lets the others start", "[supervisor]") {
  supervisor_world w;
  supervisor_options options;
  options.max_restarts = no_limit;
  options.strategy = restart_strategy::rest_for_one;
  w.failing["a"] = 100;
  w.supervise(options, {w.child("a"), w.child("b")});
  CHECK_FALSE(w.listing()[1].alive);
  REQUIRE(w.terminate("a"));
  CHECK(w.listing()[1].alive);
  w.advance(1h);
  CHECK(w.failing["a"] == 99);
}

TEST_CASE("without a limit a supervisor never gives up", "[supervisor]") {
  supervisor_world w;
  supervisor_options options;
  options.max_restarts = no_limit;
  w.supervise(options, {w.child("a")});
  for (int i = 0; i < 100; ++i)
    w.crash("a");
  CHECK(w.listing()[0].restarts == 100);
}

TEST_CASE("a supervisor that is started with two children of one id ends", "[supervisor]") {
  supervisor_world w;
  w.supervise({w.child("a"), w.child("a")});
  REQUIRE(w.ended);
  CHECK(w.ended->code == ec::invalid_argument);
  CHECK(w.events.empty());
  w.supervisor = nullptr;
}

TEST_CASE("a supervisor that gives up is started again by its own", "[supervisor]") {
  supervisor_world w;
  auto below = [&w](caf::actor_system& system) -> result<caf::strong_actor_ptr> {
    supervisor_options options;
    options.id = "below";
    options.max_restarts = 1;
    options.names = w.names;
    return caf::actor_cast<caf::strong_actor_ptr>(
        spawn_supervisor(system, options, {w.child("a"), w.child("b")}));
  };
  child_spec nested;
  nested.id = "below";
  nested.start = below;
  nested.kind = child_kind::supervisor;
  w.supervise({nested, w.child("c")});
  w.crash("a");
  CHECK(w.listing()[0].restarts == 0);
  w.events.clear();
  w.crash("b");
  CHECK(w.events == transcript{"end b", "end a", "start a", "start b"});
  CHECK(w.listing()[0].restarts == 1);
  CHECK(w.counts() == child_counts{2, 2, 1, 1, 0});
  // It can be asked for its own children.
  auto children = w.ask<std::vector<child_info>>(
      caf::actor_cast<supervisor_actor>(w.listing()[0].actor), atoms::which_children_v);
  REQUIRE(children);
  CHECK(children->at(1).id == "b");
  CHECK(children->at(1).actor == w.current["b"]);
  w.events.clear();
  w.stop_supervisor();
  CHECK(w.events == transcript{"end c", "end b", "end a"});
}

TEST_CASE("a supervisor that is killed takes its children with it", "[supervisor]") {
  supervisor_world w;
  child_spec nested;
  nested.id = "below";
  nested.shutdown = 1s;
  nested.start = [&w](caf::actor_system& system) -> result<caf::strong_actor_ptr> {
    supervisor_options options;
    options.names = w.names;
    return caf::actor_cast<caf::strong_actor_ptr>(
        spawn_supervisor(system, options, {w.child("a"), w.child("stubborn", true)}));
  };
  w.supervise({nested, w.child("c")});
  auto stopped = w.terminate_later("below");
  w.advance(1s);
  CHECK(stopped->has_value());
  CHECK(std::ranges::count(w.events, "end a") == 1);
  CHECK(std::ranges::count(w.events, "end stubborn") == 1);
  w.kill(w.supervisor);
  w.run();
  CHECK(w.events.back() == "end c");
  w.supervisor = nullptr;
}

TEST_CASE("a child is started when the actor that has its name has ended, and that counts nothing",
          "[supervisor]") {
  supervisor_world w;
  w.supervise({w.child("b")});
  auto before = w.current["b"];
  supervisor_options options;
  options.strategy = GENERATE(restart_strategy::one_for_one, restart_strategy::rest_for_one);
  options.max_restarts = 0;
  options.id = "successor";
  options.names = w.names;
  std::vector<failure> told;
  options.report = [&told](const failure& what) { told.push_back(what); };
  auto successor =
      spawn_supervisor(w.system(), options, {w.child("a"), w.child("b"), w.child("c")});
  w.run();
  for (int i = 0; i < 90; ++i)
    w.advance(100ms);
  CHECK(w.events.at(1) == "start a");
  CHECK(std::ranges::count(w.events, "start b") == 1);
  w.stop_supervisor();
  w.supervisor = successor;
  REQUIRE(compat::has_ended(before));
  w.advance(50ms);
  const auto in_order = options.strategy == restart_strategy::rest_for_one;
  CHECK(w.events
        == (in_order ? transcript{"start b", "start a", "end b", "start b", "start c"}
                     : transcript{"start b", "start a", "start c", "end b", "start b"}));
  CHECK(w.names->lookup(term{"b"}) == w.current["b"]);
  CHECK(w.listing()[1].restarts == 0);
  REQUIRE(told.size() == 1);
  CHECK(told[0].code == ec::already_registered);
}

TEST_CASE("a child whose name goes to another one while it starts waits for that one's end",
          "[supervisor]") {
  supervisor_world w;
  caf::strong_actor_ptr rival;
  auto late = w.child("a");
  late.start = [&, start = late.start](caf::actor_system& system) {
    if (!rival) {
      rival = caf::actor_cast<caf::strong_actor_ptr>(
          system.spawn([] { return caf::behavior{[](int) {}}; }));
      compat::anon_send(w.registry, atoms::register_name_v, term{"a"}, rival);
    }
    return start(system);
  };
  supervisor_options options;
  options.max_restarts = 0;
  w.supervise(options, {late});
  w.advance(5s);
  CHECK_FALSE(w.ended);
  CHECK(w.events == transcript{"start a", "end a"});
  w.kill(rival);
  w.run();
  w.advance(50ms);
  CHECK(w.events == transcript{"start a", "end a", "start a"});
  CHECK(w.listing()[0].alive);
  CHECK(w.listing()[0].restarts == 0);
}

TEST_CASE("a name that is not given back is a start that fails in the end", "[supervisor]") {
  supervisor_world w;
  auto other = w.child("other");
  other.name = term{"a"};
  w.supervise({other, w.child("a")});
  w.advance(9s);
  CHECK_FALSE(w.ended);
  CHECK(w.events == transcript{"start other"});
  w.advance(1s);
  REQUIRE(w.ended);
  CHECK(w.ended->message.find("more than 3 restarts in 5 s") != std::string::npos);
  CHECK(std::ranges::count(w.events, "start a") == 4);
  w.supervisor = nullptr;
}

TEST_CASE("a child that waits for its name can be terminated", "[supervisor]") {
  supervisor_world w;
  auto other = w.child("other");
  other.name = term{"a"};
  w.supervise({other, w.child("a"), w.child("b")}, restart_strategy::rest_for_one);
  CHECK(w.events == transcript{"start other"});
  REQUIRE(w.terminate("a"));
  CHECK(w.events == transcript{"start other", "start b"});
  w.advance(20s);
  CHECK_FALSE(w.ended);
  CHECK(w.events == transcript{"start other", "start b"});
}

TEST_CASE("a report that throws does not end the supervisor", "[supervisor]") {
  supervisor_world w;
  supervisor_options options;
  options.id = "test";
  options.names = w.names;
  options.report = [](const failure&) { throw std::runtime_error("the log is full"); };
  w.supervisor = spawn_supervisor(w.system(), options, {w.child("a")});
  w.run();
  w.crash("a");
  CHECK(w.events == transcript{"start a", "end a", "start a"});
  CHECK(w.counts().active == 1);
}

TEST_CASE("a child may be given any time to end", "[supervisor]") {
  supervisor_world w;
  auto patient = w.child("a", true);
  patient.shutdown = duration::max();
  w.supervise({patient});
  auto stopped = w.terminate_later("a");
  w.advance(1h);
  CHECK_FALSE(stopped->has_value());
  w.crash("a");
  CHECK(stopped->has_value());
}

TEST_CASE("children whose starts are tried again start in their order", "[supervisor]") {
  supervisor_world w;
  supervisor_options options;
  options.strategy = restart_strategy::rest_for_one;
  options.max_restarts = 4;
  w.supervise(options, {w.child("a"), w.child("b"), w.child("c")});
  w.events.clear();
  w.failing["a"] = w.failing["b"] = 1;
  w.kill(w.current["b"]);
  w.kill(w.current["a"]);
  w.run();
  CHECK(w.events
        == transcript{"end b", "end a", "end c", "fail b", "fail a", "start a", "start b",
                      "start c"});
}

TEST_CASE("excused crashes and starts count nothing, and starts are tried after a pause",
          "[supervisor]") {
  supervisor_world w;
  auto child = w.child("a");
  child.excused = [](ec why) -> time_limit {
    return why == ec::store_failure ? time_limit{2s} : time_limit{0s};
  };
  supervisor_options options;
  options.max_restarts = 1;
  w.supervise(options, {child});
  for (int i = 0; i < 10; ++i)
    w.crash("a");
  CHECK_FALSE(w.ended);
  CHECK(w.listing()[0].restarts == 10);
  w.failing["a"] = 3;
  w.events.clear();
  w.crash("a");
  CHECK(w.events == transcript{"end a", "fail a"});
  w.advance(1s);
  CHECK(w.events.size() == 2);
  for (int i = 0; i < 3; ++i)
    w.advance(2s);
  CHECK(w.events == transcript{"end a", "fail a", "fail a", "fail a", "start a"});
  CHECK_FALSE(w.ended);
}

TEST_CASE("the first start is not excused, nor anything if no restart is allowed", "[supervisor]") {
  supervisor_world w;
  auto child = w.child("a");
  child.excused = [](ec) { return time_limit{0s}; };
  supervisor_options options;
  SECTION("first start") {
    options.max_restarts = 2;
    w.failing["a"] = 3;
    w.supervise(options, {child});
  }
  SECTION("no restart") {
    options.max_restarts = 0;
    w.supervise(options, {child});
    w.crash("a");
  }
  CHECK(w.ended);
  w.supervisor = nullptr;
}
