#include "actors/naming/registry.hpp"

#include "test/support/world.hpp"

#include <caf/behavior.hpp>
#include <catch2/catch_test_macros.hpp>

using namespace lockstep;

namespace {

struct registry_world : test::world {
  std::shared_ptr<name_table> names = std::make_shared<name_table>();
  registry_actor registry = spawn_registry(system(), names);

  registry_world() { run(); }

  ~registry_world() {
    kill(registry);
    run();
  }

  caf::strong_actor_ptr spawn_worker() {
    return caf::actor_cast<caf::strong_actor_ptr>(
        system().spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; }));
  }

  result<void> register_name(const term& name, const caf::strong_actor_ptr& actor) {
    return ask<void>(registry, atoms::register_name_v, name, actor);
  }
};

const term name = term::tuple({atom{"worker"}, 1});

} // namespace

TEST_CASE("a registered actor is found by its name", "[registry]") {
  registry_world w;
  auto worker = w.spawn_worker();
  REQUIRE(w.register_name(name, worker));
  CHECK(w.names->lookup(name) == worker);
  CHECK(w.names->lookup(atom{"other"}) == nullptr);
  w.kill(worker);
}

TEST_CASE("a name has one live holder", "[registry]") {
  registry_world w;
  auto first = w.spawn_worker();
  auto second = w.spawn_worker();
  REQUIRE(w.register_name(name, first));
  auto refused = w.register_name(name, second);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ec::already_registered);
  CHECK(w.names->lookup(name) == first);
  CHECK(w.register_name(name, first)); // again by its holder is fine
  w.kill(first);
  w.kill(second);
}

TEST_CASE("a name is released when its actor is killed", "[registry]") {
  registry_world w;
  auto worker = w.spawn_worker();
  REQUIRE(w.register_name(name, worker));
  w.kill(worker);
  w.run();
  CHECK(w.names->lookup(name) == nullptr);
}

TEST_CASE("all names of an actor are released with it", "[registry]") {
  registry_world w;
  auto worker = w.spawn_worker();
  REQUIRE(w.register_name(name, worker));
  REQUIRE(w.register_name(atom{"alias"}, worker));
  w.kill(worker);
  w.run();
  CHECK(w.names->snapshot()->empty());
}

TEST_CASE("a name whose holder has ended goes to the next one at once", "[registry]") {
  registry_world w;
  auto first = w.spawn_worker();
  auto second = w.spawn_worker();
  REQUIRE(w.register_name(name, first));
  w.kill(first);
  // In one run: the registration may reach the registry before the news of the end.
  CHECK(w.register_name(name, second));
  w.run();
  CHECK(w.names->lookup(name) == second);
  w.kill(second);
}

TEST_CASE("an actor that has ended gets no name", "[registry]") {
  registry_world w;
  auto worker = w.spawn_worker();
  w.kill(worker);
  w.run();
  CHECK_FALSE(w.register_name(name, worker));
  CHECK(w.names->lookup(name) == nullptr);
}

TEST_CASE("only its holder gives a name back", "[registry]") {
  registry_world w;
  auto holder = w.spawn_worker();
  auto other = w.spawn_worker();
  REQUIRE(w.register_name(name, holder));
  REQUIRE(w.ask<void>(w.registry, atoms::unregister_name_v, name, other));
  CHECK(w.names->lookup(name) == holder);
  REQUIRE(w.ask<void>(w.registry, atoms::unregister_name_v, name, holder));
  CHECK(w.names->lookup(name) == nullptr);
  w.kill(holder);
  w.kill(other);
}

TEST_CASE("who waits for a name is answered when it is given", "[registry]") {
  registry_world w;
  auto worker = w.spawn_worker();
  auto waiting =
      w.ask_later<caf::strong_actor_ptr>(w.registry, atoms::await_name_v, name, caf::actor_addr{});
  w.run();
  CHECK_FALSE(waiting->has_value());
  REQUIRE(w.register_name(name, worker));
  REQUIRE(waiting->has_value());
  CHECK(**waiting == worker);
  w.kill(worker);
}

TEST_CASE("who waits for a successor is not given the one that has gone", "[registry]") {
  registry_world w;
  auto gone = w.spawn_worker();
  auto successor = w.spawn_worker();
  REQUIRE(w.register_name(name, gone));
  auto waiting = w.ask_later<caf::strong_actor_ptr>(w.registry, atoms::await_name_v, name,
                                                    caf::actor_cast<caf::actor_addr>(gone));
  w.run();
  CHECK_FALSE(waiting->has_value());
  w.kill(gone);
  w.run();
  CHECK_FALSE(waiting->has_value());
  REQUIRE(w.register_name(name, successor));
  REQUIRE(waiting->has_value());
  CHECK(**waiting == successor);
  w.kill(successor);
}
