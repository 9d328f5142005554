#include "actors/shard_link.hpp"

#include "test/support/world.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <caf/behavior.hpp>
#include <catch2/catch_test_macros.hpp>

using namespace lockstep;

namespace {

struct link_world : test::world {
  shard_link link;
  caf::strong_actor_ptr old_shard = spawn_shard();
  caf::strong_actor_ptr new_shard = spawn_shard();
  std::vector<std::string> sent;

  ~link_world() {
    kill(old_shard);
    kill(new_shard);
    run();
  }

  caf::strong_actor_ptr spawn_shard() {
    return caf::actor_cast<caf::strong_actor_ptr>(
        system().spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; }));
  }

  shard_link::attempt request(const std::string& name) {
    return {[this, name](const caf::strong_actor_ptr& to) {
              sent.push_back(name + (to == old_shard ? " to old" : " to new"));
            },
            [this, name](const failure&) { sent.push_back(name + " refused"); }};
  }
};

using transcript = std::vector<std::string>;
using namespace std::chrono_literals;

constexpr shard_link::time_point noon{};
const failure too_late{ec::unavailable, "too late", {}};

} // namespace

TEST_CASE("requests go to the shard as long as it lives", "[shard_link]") {
  link_world w;
  auto first = w.link.next_number();
  CHECK_FALSE(w.link.submit(first, w.request("a"), w.old_shard));
  CHECK_FALSE(w.link.submit(w.link.next_number(), w.request("b"), w.old_shard));
  w.link.answered(first);
  CHECK(w.sent == transcript{"a to old", "b to old"});
}

TEST_CASE("bounced requests are sent again in their order, before later ones", "[shard_link]") {
  link_world w;
  auto a = w.link.next_number();
  auto b = w.link.next_number();
  auto c = w.link.next_number();
  (void)w.link.submit(a, w.request("a"), w.old_shard);
  (void)w.link.submit(b, w.request("b"), w.old_shard);
  CHECK(w.link.bounced(b)); // the younger one comes back first
  CHECK_FALSE(w.link.submit(c, w.request("c"), w.old_shard));
  w.link.found(w.new_shard);
  CHECK(w.sent == transcript{"a to old", "b to old"}); // "a" is still on its way back
  CHECK_FALSE(w.link.bounced(a));
  CHECK(w.sent == transcript{"a to old", "b to old", "a to new", "b to new", "c to new"});
}

TEST_CASE("a new shard gets nothing while the old one has requests to return", "[shard_link]") {
  link_world w;
  auto a = w.link.next_number();
  (void)w.link.submit(a, w.request("a"), w.old_shard);
  CHECK(w.link.submit(w.link.next_number(), w.request("b"), w.new_shard));
  CHECK(w.sent == transcript{"a to old"});
  w.link.found(w.new_shard);
  CHECK_FALSE(w.link.bounced(a));
  CHECK(w.sent == transcript{"a to old", "a to new", "b to new"});
}

TEST_CASE("a request that the old shard still answered is not sent again", "[shard_link]") {
  link_world w;
  auto a = w.link.next_number();
  auto b = w.link.next_number();
  (void)w.link.submit(a, w.request("a"), w.old_shard);
  (void)w.link.submit(b, w.request("b"), w.old_shard);
  CHECK(w.link.bounced(b));
  w.link.answered(a);
  w.link.found(w.new_shard);
  CHECK(w.sent == transcript{"a to old", "b to old", "b to new"});
}

TEST_CASE("without any shard requests wait for the first one", "[shard_link]") {
  link_world w;
  CHECK(w.link.submit(w.link.next_number(), w.request("a"), nullptr));
  CHECK_FALSE(w.link.submit(w.link.next_number(), w.request("b"), nullptr));
  w.link.found(w.new_shard);
  CHECK(w.sent == transcript{"a to new", "b to new"});
}

TEST_CASE("requests are refused when no shard comes, and later ones try again", "[shard_link]") {
  link_world w;
  CHECK(w.link.submit(w.link.next_number(), w.request("a"), nullptr));
  w.link.lost({ec::unavailable, "no shard", {}});
  CHECK(w.sent == transcript{"a refused"});
  CHECK_FALSE(w.link.submit(w.link.next_number(), w.request("b"), w.new_shard));
  CHECK(w.sent == transcript{"a refused", "b to new"});
}

TEST_CASE("an overdue request is refused, and its answer is of no interest", "[shard_link]") {
  link_world w;
  auto early = w.request("early");
  early.due = noon + 1s;
  auto late = w.request("late");
  late.due = noon + 2s;
  auto a = w.link.next_number();
  auto b = w.link.next_number();
  auto c = w.link.next_number();
  (void)w.link.submit(a, early, w.old_shard);
  (void)w.link.submit(b, late, w.old_shard);
  (void)w.link.submit(c, w.request("patient"), w.old_shard);
  CHECK(w.link.expire(noon + 1s - 1ns, too_late) == noon + 1s);
  CHECK(w.link.expire(noon + 1s, too_late) == noon + 2s);
  CHECK(w.sent == transcript{"early to old", "late to old", "patient to old", "early refused"});
  CHECK_FALSE(w.link.answered(a));
  CHECK(w.link.answered(b));
  CHECK(w.link.answered(c));
  CHECK(w.link.expire(noon + 1h, too_late) == std::nullopt);
  CHECK(w.sent.size() == 4);
}

TEST_CASE("an overdue request is not sent again", "[shard_link]") {
  link_world w;
  auto sent = w.request("sent");
  sent.due = noon + 1s;
  auto parked = w.request("parked");
  parked.due = noon + 1s;
  auto a = w.link.next_number();
  (void)w.link.submit(a, sent, w.old_shard);
  CHECK(w.link.submit(w.link.next_number(), parked, nullptr));
  (void)w.link.submit(w.link.next_number(), w.request("patient"), nullptr);
  w.link.found(w.new_shard);
  CHECK(w.link.expire(noon + 2s, too_late) == shard_link::time_point::max());
  CHECK(w.sent == transcript{"sent to old", "sent refused", "parked refused", "patient to new"});
  CHECK_FALSE(w.link.bounced(a));
}
