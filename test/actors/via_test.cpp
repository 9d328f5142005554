#include "actors/naming/via.hpp"

#include "test/support/registry_world.hpp"

#include <caf/scoped_actor.hpp>
#include <catch2/catch_test_macros.hpp>

using namespace lockstep;
using test::registry_world;

namespace {

const term name = term::tuple({atom{"worker"}, 1});

/// What an actor is answered when it asks by name.
result<int> ask_from_actor(registry_world& w, const via& address, int number) {
  auto answer = std::make_shared<std::optional<result<int>>>();
  w.system().spawn([answer, address, number](caf::event_based_actor* self) {
    address.request<int>(
        self, std::chrono::seconds{1},
        [answer](const result<int>& received) { answer->emplace(received); }, number);
  });
  w.run();
  REQUIRE(answer->has_value());
  return **answer;
}

} // namespace

TEST_CASE("an address by name reaches whoever has the name now", "[via]") {
  registry_world w;
  const via address{w.names, name};
  auto first = w.spawn_worker();
  auto second = w.spawn_worker();
  REQUIRE(w.give(name, first));
  CHECK(ask_from_actor(w, address, 1).value() == 2);
  w.end_now(first, test::end::crash);
  REQUIRE(w.give(name, second));
  CHECK(address.resolve().value() == second);
  CHECK(ask_from_actor(w, address, 2).value() == 3);
}

TEST_CASE("an address of a name that nobody has says so at once", "[via]") {
  registry_world w;
  const via address{w.names, name};
  auto answer = ask_from_actor(w, address, 1);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ec::not_registered);
  CHECK(answer.error().context.at("name") == name);
  CHECK(address.anon_send(1).error().code == ec::not_registered);
  caf::scoped_actor self{w.system()};
  CHECK(address.send(self, 1).error().code == ec::not_registered);
  CHECK(address.request<int>(self, std::chrono::seconds{1}, 1).error().code == ec::not_registered);
}

TEST_CASE("threads send by name as actors do", "[via]") {
  registry_world w;
  const via address{w.names, name};
  auto sum = std::make_shared<int>(0);
  auto adder = caf::actor_cast<caf::strong_actor_ptr>(
      w.system().spawn([sum](caf::event_based_actor*) -> caf::behavior {
        return {[sum](int number) { *sum += number; }};
      }));
  REQUIRE(w.give(name, adder));
  caf::scoped_actor self{w.system()};
  CHECK(address.send(self, 1));
  CHECK(address.send(self.ptr(), 2));
  CHECK(address.anon_send(4));
  w.run();
  CHECK(*sum == 7);
  w.kill(adder);
}

TEST_CASE("a thread's request by name is answered", "[via]") {
  registry_world w;
  const via address{w.names, name};
  REQUIRE(w.give(name, w.spawn_worker()));
  caf::scoped_actor self{w.system()};
  w.answer_next_at_once();
  CHECK(address.request<int>(self, std::chrono::seconds{1}, 1).value() == 2);
}

TEST_CASE("a request by name whose holder ends without an answer fails", "[via]") {
  registry_world w;
  const via address{w.names, name};
  auto worker = w.spawn_worker();
  REQUIRE(w.give(name, worker));
  w.end_later(worker, test::end::kill);
  auto answer = ask_from_actor(w, address, 1);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ec::unavailable);
}
