#include "actors/supervision/supervisor.hpp"

#include "test/support/supervisor_world.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace lockstep;
using namespace std::chrono_literals;

namespace {

using test::supervisor_world;
using transcript = std::vector<std::string>;

template <class T>
bool is(const result<T>& answer, ec code) {
  return !answer && answer.error().code == code;
}

} // namespace

TEST_CASE("a child that is added has its name when the request is answered", "[supervisor]") {
  supervisor_world w;
  w.supervise({w.child("a")});
  auto started = w.start_child(w.child("b"));
  REQUIRE(started);
  CHECK(*started == w.current["b"]);
  CHECK(w.names->lookup(term{"b"}) == *started);
  CHECK(w.counts() == child_counts{2, 2, 0, 2, 0});
}

TEST_CASE("of two children of one id that are added at once one is started", "[supervisor]") {
  supervisor_world w;
  w.supervise(supervisor_options{});
  auto first = w.start_child_later(w.child("a"));
  auto second = w.start_child_later(w.child("a"));
  w.run();
  CHECK((*first)->has_value());
  REQUIRE(is(**second, ec::already_started));
  CHECK((*second)->error().context.at("name") == term{"a"});
  CHECK(w.events == transcript{"start a"});
}

TEST_CASE("if the first of two children of one id does not start, the second does",
          "[supervisor]") {
  supervisor_world w;
  w.supervise({w.child("holder")});
  auto nameless = w.child("a");
  nameless.name = term{"holder"};
  auto first = w.start_child_later(nameless);
  auto second = w.start_child_later(w.child("a"));
  w.run();
  CHECK(is(**first, ec::already_registered));
  CHECK((*second)->has_value());
  CHECK(w.events == transcript{"start holder", "start a", "end a", "start a"});
  CHECK(w.counts().active == 2);
}

TEST_CASE("a start that fails when it was asked for leaves no child and counts nothing",
          "[supervisor]") {
  supervisor_world w;
  w.supervise({w.child("b")});
  for (int i = 0; i < 10; ++i) {
    w.failing["a"] = 1;
    CHECK(is(w.start_child(w.child("a")), ec::store_failure));
  }
  auto throwing = w.child("a");
  throwing.start = [](caf::actor_system&) -> result<caf::strong_actor_ptr> { throw 1; };
  CHECK(is(w.start_child(throwing), ec::unavailable));
  auto empty = w.child("a");
  empty.start = [](caf::actor_system&) -> result<caf::strong_actor_ptr> { return nullptr; };
  CHECK(is(w.start_child(empty), ec::unavailable));
  empty.start = nullptr;
  CHECK(is(w.start_child(empty), ec::invalid_argument));
  CHECK_FALSE(w.ended);
  CHECK(w.counts().specs == 1);
  CHECK(w.reports.empty());
}

TEST_CASE("an actor can be the child of a supervisor only once", "[supervisor]") {
  supervisor_world w;
  w.supervise({w.child("a")});
  auto twice = w.child("b");
  twice.start = [&w](caf::actor_system&) -> result<caf::strong_actor_ptr> {
    return w.current["a"];
  };
  CHECK(is(w.start_child(twice), ec::unavailable));
  CHECK(w.counts() == child_counts{1, 1, 0, 1, 0});
}

TEST_CASE("a child whose name is taken is no child", "[supervisor]") {
  supervisor_world w;
  w.supervise({w.child("a")});
  auto nameless = w.child("b");
  nameless.name = term{"a"};
  CHECK(is(w.start_child(nameless), ec::already_registered));
  CHECK(w.events == transcript{"start a", "start b", "end b"});
  CHECK(w.counts().specs == 1);
  CHECK(w.names->lookup(term{"a"}) == w.current["a"]);
}

TEST_CASE("without a registry no child can have a name", "[supervisor]") {
  supervisor_world w;
  w.names = nullptr;
  w.supervise(supervisor_options{});
  CHECK(is(w.start_child(w.child("a")), ec::unavailable));
  CHECK(w.counts().specs == 0);
}

TEST_CASE("a terminated child is kept until it is deleted", "[supervisor]") {
  supervisor_world w;
  w.supervise({w.child("a"), w.child("b")});
  REQUIRE(w.terminate("a"));
  CHECK(w.events.back() == "end a");
  CHECK(w.terminate("a"));
  CHECK(w.counts() == child_counts{2, 1, 0, 2, 0});
  CHECK(is(w.start_child(w.child("a")), ec::already_started));
  REQUIRE(w.restart("a"));
  CHECK(w.listing()[0].alive);
  CHECK(w.listing()[0].restarts == 1);
  CHECK(is(w.restart("a"), ec::already_started));
  CHECK(is(w.remove("a"), ec::already_started));
  REQUIRE(w.terminate("a"));
  REQUIRE(w.remove("a"));
  CHECK(w.counts().specs == 1);
  CHECK(is(w.terminate("a"), ec::child_not_found));
  CHECK(is(w.restart("a"), ec::child_not_found));
  CHECK(is(w.remove("a"), ec::child_not_found));
}

TEST_CASE("a child that could not be started by request is as it was", "[supervisor]") {
  supervisor_world w;
  w.supervise({w.child("a")});
  REQUIRE(w.terminate("a"));
  w.failing["a"] = 1;
  CHECK(is(w.restart("a"), ec::store_failure));
  CHECK(w.counts() == child_counts{1, 0, 0, 1, 0});
  CHECK(w.restart("a"));
}

TEST_CASE("a child that is terminated is asked first and killed after its time", "[supervisor]") {
  supervisor_world w;
  auto slow = w.child("slow", true);
  slow.shutdown = 2s;
  auto none = w.child("none", true);
  none.shutdown = 0s;
  auto endless = w.child("endless", true);
  endless.shutdown = std::nullopt;
  w.supervise({slow, none, endless, w.child("usual", true)});
  CHECK(w.terminate("none"));
  auto stopped = w.terminate_later("slow");
  auto never = w.terminate_later("endless");
  auto usual = w.terminate_later("usual");
  // Neither is asked for a second time, nor do others wait for them.
  auto again = w.terminate_later("slow");
  REQUIRE(w.start_child(w.child("b")));
  w.advance(1999ms);
  CHECK_FALSE(stopped->has_value());
  w.advance(1ms);
  CHECK(stopped->has_value());
  CHECK(again->has_value());
  w.advance(2999ms);
  CHECK_FALSE(usual->has_value());
  w.advance(1ms);
  CHECK(usual->has_value());
  w.advance(1h);
  CHECK_FALSE(never->has_value());
  w.crash("endless");
  CHECK(never->has_value());
  CHECK(w.counts() == child_counts{5, 1, 0, 5, 0});
}

TEST_CASE("requests about a child that is being stopped wait for its end", "[supervisor]") {
  supervisor_world w;
  w.supervise({w.child("a", true)});
  auto stopped = w.terminate_later("a");
  auto restarted = w.restart_later("a");
  auto added = w.start_child_later(w.child("a"));
  w.run();
  CHECK_FALSE(restarted->has_value());
  CHECK_FALSE(added->has_value());
  w.advance(5s);
  CHECK(stopped->has_value());
  CHECK((*restarted)->has_value());
  CHECK(is(**added, ec::already_started));
  auto ended = w.terminate_later("a");
  auto deleted = w.delete_later("a");
  w.advance(5s);
  CHECK((*deleted)->has_value());
  CHECK(w.counts().specs == 0);
}

TEST_CASE("a permanent child is always started again, a transient one after a crash, a temporary "
          "one never",
          "[supervisor]") {
  const auto reason = GENERATE(caf::exit_reason::normal, caf::exit_reason::user_shutdown);
  supervisor_world w;
  w.supervise({w.child("permanent"), w.child("transient", restart_type::transient),
               w.child("temporary", restart_type::temporary)});
  w.end("permanent", reason);
  CHECK(w.listing()[0].alive);
  w.end("transient", reason);
  CHECK_FALSE(w.listing()[1].alive);
  w.end("temporary", reason);
  CHECK(w.counts() == child_counts{2, 1, 0, 2, 0});
  REQUIRE(w.start_child(w.child("temporary", restart_type::temporary)));
  w.crash("temporary");
  CHECK(w.counts().specs == 2);
  REQUIRE(w.restart("transient"));
  w.crash("transient");
  CHECK(w.listing()[1].alive);
  w.end("transient", caf::exit_reason::unreachable);
  CHECK(w.listing()[1].alive);
  CHECK(w.listing()[1].restarts == 3);
  CHECK_FALSE(w.ended);
}

TEST_CASE("a temporary child is forgotten when it is terminated", "[supervisor]") {
  supervisor_world w;
  w.supervise({w.child("a", restart_type::temporary)});
  REQUIRE(w.terminate("a"));
  CHECK(w.counts().specs == 0);
  CHECK(w.start_child(w.child("a")));
}

TEST_CASE("dynamic children are forgotten when they have ended", "[supervisor]") {
  supervisor_world w;
  supervisor_options options;
  options.forget_ended = true;
  w.supervise(options);
  REQUIRE(w.start_child(w.child("a", restart_type::transient)));
  REQUIRE(w.start_child(w.child("b")));
  w.crash("a");
  CHECK(w.counts().active == 2);
  w.end("a");
  REQUIRE(w.terminate("b"));
  CHECK(w.counts() == child_counts{});
}

TEST_CASE("there are never more active children than there may be", "[supervisor]") {
  supervisor_world w;
  supervisor_options options;
  options.max_children = 2;
  w.supervise(options);
  REQUIRE(w.start_child(w.child("a")));
  auto poisoned = w.child("poisoned");
  poisoned.budget = restart_budget{0, 5s};
  REQUIRE(w.start_child(poisoned));
  CHECK(is(w.start_child(w.child("c")), ec::max_children));
  // What is parked takes no place.
  w.crash("poisoned");
  REQUIRE(w.start_child(w.child("c")));
  CHECK(is(w.restart("poisoned"), ec::max_children));
  REQUIRE(w.terminate("c"));
  CHECK(w.restart("poisoned"));
  CHECK(is(w.restart("c"), ec::max_children));
  CHECK(w.counts() == child_counts{3, 2, 0, 3, 0});
}

TEST_CASE("a child that has used up its budget is parked, and the others go on", "[supervisor]") {
  supervisor_world w;
  auto poisoned = w.child("poisoned");
  poisoned.budget = restart_budget{2, 10s};
  w.supervise({poisoned, w.child("b")});
  for (int i = 0; i < 3; ++i)
    w.crash("poisoned");
  auto children = w.listing();
  CHECK_FALSE(children[0].alive);
  CHECK(children[0].restarts == 2);
  REQUIRE(children[0].parked);
  CHECK(children[0].parked->find("kill") != std::string::npos);
  CHECK_FALSE(children[1].parked);
  CHECK(w.counts() == child_counts{2, 1, 0, 2, 1});
  CHECK(w.reports.back().code == ec::child_parked);
  CHECK(w.reports.back().message.find("more than 2 restarts in 10 s") != std::string::npos);
  CHECK(is(w.start_child(poisoned), ec::child_parked));
  CHECK(w.terminate("poisoned"));
  CHECK(w.counts().parked == 1);
}

TEST_CASE("a child that is started by hand has a fresh budget", "[supervisor]") {
  supervisor_world w;
  auto poisoned = w.child("a");
  poisoned.budget = restart_budget{1, 1h};
  w.supervise({poisoned});
  w.crash("a");
  w.crash("a");
  w.failing["a"] = 1;
  CHECK(is(w.restart("a"), ec::store_failure));
  CHECK(w.counts().parked == 1);
  REQUIRE(w.restart("a"));
  w.crash("a");
  CHECK(w.listing()[0].alive);
  w.crash("a");
  CHECK(w.counts().parked == 1);
  CHECK(w.remove("a"));
  CHECK(w.counts() == child_counts{});
}

TEST_CASE("children with budgets never make their supervisor give up", "[supervisor]") {
  supervisor_world w;
  supervisor_options options;
  options.max_restarts = 0;
  std::vector<child_spec> children;
  for (int i = 0; i < 20; ++i) {
    children.push_back(w.child(std::to_string(i)));
    children.back().budget = restart_budget{1, 5s};
  }
  children.push_back(w.child("without"));
  w.supervise(options, children);
  for (int i = 0; i < 20; ++i) {
    w.crash(std::to_string(i));
    w.failing[std::to_string(i)] = 1;
    w.crash(std::to_string(i));
  }
  CHECK(w.counts() == child_counts{21, 1, 0, 21, 20});
  CHECK_FALSE(w.ended);
  w.crash("without");
  CHECK(w.ended);
  w.supervisor = nullptr;
}

TEST_CASE("a parked child that is dynamic can be terminated for good", "[supervisor]") {
  supervisor_world w;
  supervisor_options options;
  options.forget_ended = true;
  w.supervise(options);
  auto poisoned = w.child("a");
  poisoned.budget = restart_budget{0, 5s};
  REQUIRE(w.start_child(poisoned));
  w.crash("a");
  CHECK(w.counts() == child_counts{1, 0, 0, 1, 1});
  REQUIRE(w.terminate("a"));
  CHECK(w.counts() == child_counts{});
}

TEST_CASE("requests to a supervisor that is ending are refused", "[supervisor]") {
  supervisor_world w;
  w.supervise({w.child("a"), w.child("stubborn", true)});
  auto stopped = w.terminate_later("stubborn");
  w.run();
  auto waiting = w.restart_later("stubborn");
  w.run();
  w.stop_supervisor();
  auto added = w.start_child_later(w.child("b"));
  auto terminated = w.terminate_later("a");
  w.run();
  CHECK(is(**added, ec::unavailable));
  CHECK(w.listing().size() == 2);
  w.advance(5s);
  CHECK(w.ended);
  CHECK((*stopped)->has_value());
  CHECK(is(**waiting, ec::unavailable));
  CHECK((*terminated)->has_value());
  CHECK(w.events == transcript{"start a", "start stubborn", "end stubborn", "end a"});
  w.supervisor = nullptr;
}
