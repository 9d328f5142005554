#include "actors/ask.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <vector>

#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/init_global_meta_objects.hpp>
#include <caf/typed_response_promise.hpp>

using namespace lockstep;
using namespace std::chrono_literals;

namespace {

/// Never answers, but ends at a negative number.
caf::behavior silent(caf::event_based_actor* self) {
  std::vector<caf::typed_response_promise<int>> owed;
  return {[self, owed](int number) mutable -> caf::result<int> {
    if (number < 0)
      self->quit();
    return owed.emplace_back(self->make_response_promise<int>());
  }};
}

caf::behavior counting() {
  return {[](int number) { return number + 1; }};
}

caf::actor_system_config configured() {
  caf::core::init_global_meta_objects();
  return {};
}

struct asking {
  caf::actor_system_config config = configured();
  caf::actor_system system{config};
};

} // namespace

TEST_CASE("a thread that asks gets the answer, or hears why there is none", "[ask]") {
  asking a;
  CHECK(ask<int>(a.system, a.system.spawn(counting), 1h, 1) == 2);
  const auto mute = a.system.spawn(silent);
  CHECK(ask<int>(a.system, mute, 1ms, 1).error() == caf::sec::request_timeout);
  CHECK(ask<int>(a.system, mute, 0ms, 1).error() == caf::sec::request_timeout);
  CHECK(ask<int>(a.system, mute, 1h, -1).error() == caf::sec::broken_promise);
  CHECK(ask<int>(a.system, mute, 1h, 1).error() == caf::sec::request_receiver_down);
}

TEST_CASE("an answer that has come is found after its time, too", "[ask]") {
  asking a;
  caf::scoped_actor self{a.system};
  auto sent = compat::request(self, a.system.spawn(counting), caf::infinite, 1);
  REQUIRE(await_message(self, std::chrono::steady_clock::now() + 1h));
  CHECK(await_message(self, std::chrono::steady_clock::now() - 1h));
  std::move(sent).receive([](int answer) { CHECK(answer == 2); },
                          [](const caf::error&) { FAIL(); });
}
