#include "actors/admission.hpp"

#include "test/support/world.hpp"

#include <memory>
#include <string>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <catch2/catch_test_macros.hpp>

using namespace lockstep;
using namespace std::chrono_literals;

namespace {

std::shared_ptr<admission> gate(std::size_t max_pending) {
  return std::make_shared<admission>("Server_1", max_pending);
}

std::int64_t retry_after(const failure& refused) {
  return *refused.context.at("retry_after_ms").as_integer();
}

} // namespace

TEST_CASE("a gate lets in as many as may be pending, and more when some have left", "[admission]") {
  auto shard = gate(2);
  auto first = shard->enter();
  auto second = shard->enter();
  REQUIRE(first);
  REQUIRE(second);
  auto third = shard->enter();
  REQUIRE_FALSE(third);
  CHECK(third.error().code == ec::overloaded);
  CHECK(third.error().message.find("try again in") != std::string::npos);
  CHECK(shard->counts() == request_counts{3, 0, 1, 0, 2});
  first->complete();
  CHECK(shard->enter());
  CHECK(shard->counts() == request_counts{4, 1, 2, 0, 1});
}

TEST_CASE("a list counts as many as it has elements, and a longer one is let in alone",
          "[admission]") {
  auto shard = gate(10);
  {
    auto one = shard->enter(10);
    CHECK_FALSE(shard->enter());
    CHECK_FALSE(shard->look_in());
    one->complete(3);
    CHECK(shard->counts() == request_counts{12, 7, 2, 3, 0});
  }
  {
    auto one = shard->enter();
    CHECK_FALSE(shard->enter(1'000));
  }
  auto all = shard->enter(1'000);
  REQUIRE(all);
  CHECK_FALSE(shard->enter());
}

TEST_CASE("a ticket counts once, wherever it goes", "[admission]") {
  auto shard = gate(10);
  {
    auto entered = shard->enter();
    auto moved = std::move(*entered);
    auto copy = moved; // nobody's
    moved.expire();
    moved.complete();
    moved.refuse();
  }
  CHECK(shard->counts() == request_counts{1, 0, 0, 1, 0});
  { auto lost = shard->enter(); }
  CHECK(shard->counts() == request_counts{2, 0, 1, 1, 0});
}

TEST_CASE("a ticket that is its sender's outlives the mailbox that it was sent to", "[admission]") {
  auto shard = gate(10);
  auto senders = std::make_shared<ticket>(std::move(*shard->enter(4)));
  {
    ticket bounced{senders};
    CHECK(bounced.units() == 4);
  }
  CHECK(shard->counts().pending == 4);
  ticket again{senders};
  senders.reset(); // who sent it waits no more, but the shard has it
  CHECK(shard->counts().pending == 4);
  again.complete();
  CHECK(shard->counts() == request_counts{4, 4, 0, 0, 0});
}

TEST_CASE("the hint follows from what the shard needed lately", "[admission]") {
  auto shard = gate(100);
  auto queue = shard->enter(100);
  CHECK(retry_after(shard->enter().error()) == 10); // nothing is known, so that is the least
  shard->served(10, 20ms);
  CHECK(retry_after(shard->enter().error()) == 200);
  shard->served(1, 10ms);
  CHECK(retry_after(shard->enter().error()) == 300);
  for (int i = 0; i < 100; ++i)
    shard->served(1, 1s);
  CHECK(retry_after(shard->enter().error()) == 5'000);
}

TEST_CASE("CAF's metrics show the counts", "[admission]") {
  make_types_known();
  caf::actor_system_config config;
  caf::actor_system system{config};
  auto shard = gate(10);
  shard->show_in(system.metrics(), "7");
  auto pending = shard->enter(3);
  shard->enter(2)->complete(1);
  { auto lost = shard->enter(); }
  auto count = [&](const char* name) {
    return system.metrics()
        .counter_family("lockstep", name, {"shard"}, "", "1", true)
        ->get_or_add({{"shard", "7"}})
        ->value();
  };
  CHECK(count("requests.received") == 6);
  CHECK(count("requests.completed") == 1);
  CHECK(count("requests.expired") == 1);
  CHECK(count("requests.refused") == 1);
  CHECK(system.metrics()
            .gauge_family("lockstep", "requests.pending", {"shard"}, "")
            ->get_or_add({{"shard", "7"}})
            ->value()
        == 3);
}
