#include "actors/supervision/supervisor.hpp"

#include "actors/naming/registry.hpp"
#include "test/support/world.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include <caf/behavior.hpp>
#include <catch2/catch_test_macros.hpp>

using namespace lockstep;
using namespace std::chrono_literals;

namespace {

struct supervisor_world : test::world {
  std::vector<std::string> events;
  std::map<std::string, caf::strong_actor_ptr> current;
  std::shared_ptr<name_table> names = std::make_shared<name_table>();
  std::optional<failure> ended;
  supervisor_actor supervisor;
  registry_actor registry = spawn_registry(system(), names);

  ~supervisor_world() {
    if (supervisor)
      compat::ask_to_exit(caf::actor_cast<caf::strong_actor_ptr>(supervisor),
                          caf::exit_reason::user_shutdown);
    run();
    kill(registry);
    run();
  }

  /// A child that tells when it starts and ends; a stubborn one ends only when it is killed.
  child_spec child(const std::string& id, bool stubborn = false) {
    auto start = [this, id, stubborn](caf::actor_system& sys) -> result<caf::strong_actor_ptr> {
      events.push_back("start " + id);
      auto actor = sys.spawn([stubborn](caf::event_based_actor* self) -> caf::behavior {
        if (stubborn)
          compat::on_exit_request(self, [](const caf::error&) {});
        return {[](int) {}};
      });
      actor->attach_functor([this, id](const caf::error&) { events.push_back("end " + id); });
      current[id] = caf::actor_cast<caf::strong_actor_ptr>(actor);
      return current[id];
    };
    return {id, start, term{id}, 5s};
  }

  void supervise(std::vector<child_spec> children,
                 restart_strategy strategy = restart_strategy::one_for_one) {
    supervisor_options options;
    options.strategy = strategy;
    supervise(std::move(options), std::move(children));
  }

  void supervise(supervisor_options options, std::vector<child_spec> children = {}) {
    options.id = "test";
    options.names = names;
    supervisor = spawn_supervisor(system(), options, std::move(children));
    supervisor->attach_functor([this](const caf::error& reason) { ended = to_failure(reason); });
    run();
  }

  void crash(const std::string& id) {
    kill(current.at(id));
    run();
  }

  /// Lets a child end without a crash.
  void end(const std::string& id, caf::exit_reason reason = caf::exit_reason::user_shutdown) {
    compat::ask_to_exit(current.at(id), reason);
    run();
  }

  result<caf::strong_actor_ptr> start_child(child_spec spec) {
    return ask<caf::strong_actor_ptr>(supervisor, atoms::start_child_v, local(std::move(spec)));
  }
  static local_child local(child_spec spec) {
    return {std::make_shared<const child_spec>(std::move(spec))};
  }
  auto terminate(const std::string& id) {
    return ask<void>(supervisor, atoms::terminate_child_v, id);
  }
  auto restart(const std::string& id) {
    return ask<caf::strong_actor_ptr>(supervisor, atoms::restart_child_v, id);
  }
  auto remove(const std::string& id) { return ask<void>(supervisor, atoms::delete_child_v, id); }

  std::vector<child_info> listing() {
    auto children = ask<std::vector<child_info>>(supervisor, atoms::which_children_v);
    REQUIRE(children);
    return *children;
  }
  child_counts counts() {
    auto counted = ask<child_counts>(supervisor, atoms::count_children_v);
    REQUIRE(counted);
    return *counted;
  }
};

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
  auto first =
      w.ask_later<caf::strong_actor_ptr>(w.supervisor, atoms::start_child_v, w.local(w.child("a")));
  auto second =
      w.ask_later<caf::strong_actor_ptr>(w.supervisor, atoms::start_child_v, w.local(w.child("a")));
  w.run();
  REQUIRE((*first)->has_value());
  REQUIRE_FALSE((*second)->has_value());
  CHECK((*second)->error().code == ec::already_started);
  CHECK((*second)->error().context.at("name") == term{"a"});
  CHECK(w.events == transcript{"start a"});
}

TEST_CASE("a terminated child is kept until it is deleted", "[supervisor]") {
  supervisor_world w;
  w.supervise({w.child("a"), w.child("b")});
  REQUIRE(w.terminate("a"));
  CHECK(w.events.back() == "end a");
  CHECK(w.counts() == child_counts{2, 1, 0, 2, 0});
  CHECK(w.start_child(w.child("a")).error().code == ec::already_started);
  REQUIRE(w.restart("a"));
  CHECK(w.counts().active == 2);
  CHECK(w.restart("a").error().code == ec::already_started);
  CHECK(w.remove("a").error().code == ec::already_started);
  REQUIRE(w.terminate("a"));
  REQUIRE(w.remove("a"));
  CHECK(w.counts().specs == 1);
  CHECK(w.terminate("a").error().code == ec::child_not_found);
  CHECK(w.restart("a").error().code == ec::child_not_found);
  CHECK(w.remove("a").error().code == ec::child_not_found);
}

TEST_CASE("transient and temporary children are started again as their type says", "[supervisor]") {
  supervisor_world w;
  auto of = [&w](const std::string& id, restart_type type) {
    auto spec = w.child(id);
    spec.restart = type;
    return spec;
  };
  w.supervise({of("permanent", restart_type::permanent), of("transient", restart_type::transient),
               of("temporary", restart_type::temporary)});
  w.end("permanent");
  w.end("transient");
  CHECK(w.counts() == child_counts{3, 2, 0, 3, 0});
  w.crash("temporary");
  CHECK(w.counts() == child_counts{2, 1, 0, 2, 0});
  REQUIRE(w.restart("transient"));
  w.crash("transient");
  CHECK(w.counts().active == 2);
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
  REQUIRE(w.restart("poisoned"));
  w.crash("poisoned");
  CHECK(w.listing()[0].alive);
  CHECK_FALSE(w.ended);
}

TEST_CASE("dynamic children are forgotten when they have ended", "[supervisor]") {
  supervisor_world w;
  supervisor_options options;
  options.forget_ended = true;
  options.max_children = 2;
  w.supervise(options);
  auto a = w.child("a");
  a.restart = restart_type::transient;
  REQUIRE(w.start_child(a));
  REQUIRE(w.start_child(w.child("b")));
  auto third = w.start_child(w.child("c"));
  REQUIRE_FALSE(third);
  CHECK(third.error().code == ec::max_children);
  w.end("a");
  REQUIRE(w.terminate("b"));
  CHECK(w.counts() == child_counts{});
  CHECK(w.start_child(w.child("c")));
}
