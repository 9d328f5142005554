/// What keyed shards refuse since there is too much of it, and how they say so.

#include "model/term/term_text.hpp"
#include "test/support/keyed_world.hpp"

#include <string>
#include <vector>

#include <caf/typed_response_promise.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace lockstep;
using namespace lockstep::test;
using namespace std::chrono_literals;

namespace {

const shard_key a{{"a"}};
const shard_key b{{"b"}};
const shard_key c{{"c"}};

std::int64_t counted(keyed_world& w, const char* name) {
  return w.system()
      .metrics()
      .counter_family("lockstep", name, {"shard"}, "", "1", true)
      ->get_or_add({{"shard", to_text(keyed_shards_name(keyed_world::node_id))}})
      ->value();
}

/// Every request is accounted for, and none is pending.
void check_counts(keyed_world& w, std::int64_t refused) {
  CHECK(counted(w, "requests.refused") == refused);
  CHECK(counted(w, "requests.received") == counted(w, "requests.completed") + refused);
}

} // namespace

TEST_CASE("a keyed shard takes so many reads that wait, and changes all the same", "[keyed]") {
  keyed_world w;
  w.max_pending = 3;
  w.start();
  const auto is_direct = GENERATE(false, true);
  std::vector<future_answer<cell_reading>> reads;
  for (int i = 0; i < 5; ++i)
    reads.push_back(is_direct ? w.ask_later<cell_reading>(w.shard(a), atoms::read_v,
                                                          cell_query{a, 2, std::chrono::minutes{1}})
                              : w.read_later(a, 2));
  w.run();
  CHECK_FALSE(reads[2]->has_value());
  for (std::size_t i = 3; i < 5; ++i) {
    REQUIRE(reads[i]->has_value());
    const auto why = error_of(std::move(**reads[i]));
    CHECK(why.code == ec::overloaded);
    CHECK(why.context.contains("retry_after_ms"));
  }
  must(w.read(b, 1)); // another one's queue
  must(w.write_reserved(a, 1));
  must(w.advance_watermark(a, 1));
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(must(std::move(**reads[i])).value == term{"value"});
  CHECK(must(w.read(a, 2)) == term{"value"});
  check_counts(w, 2);
}

TEST_CASE("a keyed shard takes so many changes before it has answered those before", "[keyed]") {
  keyed_world w;
  w.max_pending = 1;
  w.start();
  std::vector<future_answer<void>> changes;
  for (std::uint64_t height = 1; height <= 20; ++height)
    changes.push_back(w.ask_later<void>(w.shard(a), atoms::reserve_v, a, height, std::string{}));
  w.run();
  std::int64_t refused = 0;
  for (const auto& one : changes) {
    REQUIRE(one->has_value());
    if (!**one)
      CHECK((**one).error().code == ec::overloaded);
    refused += **one ? 0 : 1;
  }
  CHECK(refused > 0);
  check_counts(w, refused);
  // Room again, also after a commit that failed.
  w.faults->fail_next();
  CHECK(error_code_of(w.reserve(a, 30)) == ec::store_failure);
  must(w.reserve(a, 30));
  check_counts(w, refused);
}

TEST_CASE("what waits for a keyed shard to be started again is bounded", "[keyed]") {
  keyed_world w;
  w.max_pending = 3;
  w.start();
  w.kill(keyed_world::name_of(a));
  std::vector<future_answer<void>> changes;
  for (std::uint64_t height = 1; height <= 5; ++height)
    changes.push_back(w.ask_later<void>(w.front(), atoms::reserve_v, a, height, std::string{}));
  w.run();
  for (std::size_t i = 0; i < 5; ++i) {
    REQUIRE(changes[i]->has_value());
    if (i < 3)
      must(std::move(**changes[i]));
    else
      CHECK(error_code_of(std::move(**changes[i])) == ec::overloaded);
  }
  check_counts(w, 2);
}

TEST_CASE("a request has its place until the shard has answered, whoever still waits for that",
          "[keyed]") {
  keyed_world w;
  w.max_pending = 2;
  w.start();
  // In the place of a shard: answers a request when it is told its number.
  std::vector<caf::typed_response_promise<void>> owed;
  auto stuck = w.system().spawn([&](caf::event_based_actor* self) -> caf::behavior {
    return {[&owed, self](atoms::reserve, const cell_key&, std::uint64_t,
                          const std::string&) -> caf::result<void> {
              owed.push_back(self->make_response_promise<void>());
              return owed.back();
            },
            [&owed](std::uint64_t number) { owed[number - 1].deliver(); }};
  });
  const auto name = keyed_world::name_of(a);
  must(w.ask<std::uint64_t>(w.names->registry(), atoms::unregister_name_v, name,
                            w.names->lookup(name)));
  must(w.ask<std::uint64_t>(w.names->registry(), atoms::register_name_v, name,
                            caf::actor_cast<caf::strong_actor_ptr>(stuck)));
  const auto reserve = [&] {
    auto answer =
        w.ask_later<void>(w.front(), atoms::reserve_v, a, std::uint64_t{1}, std::string{});
    w.run();
    return answer;
  };
  auto first = reserve();
  auto second = reserve();
  w.advance(1min);
  for (const auto& one : {first, second}) {
    REQUIRE(one->has_value());
    CHECK(error_code_of(std::move(**one)) == ec::unavailable);
  }
  auto refused = reserve();
  REQUIRE(refused->has_value());
  CHECK(error_code_of(std::move(**refused)) == ec::overloaded);

  compat::anon_send(stuck, std::uint64_t{1});
  w.run();
  auto third = reserve();
  CHECK_FALSE(third->has_value());
  REQUIRE(owed.size() == 3);
  compat::anon_send(stuck, std::uint64_t{3});
  w.run();
  REQUIRE(third->has_value());
  must(std::move(**third));
  CHECK(counted(w, "requests.completed") == 2);
  w.kill(stuck);
  owed.clear(); // the second one comes back, and nobody waits for it
  w.run();
  check_counts(w, 2);
}

TEST_CASE("what waits for the key map is bounded, too", "[keyed]") {
  keyed_world w;
  w.max_pending = 3;
  w.start();
  for (std::size_t call = 1; call <= 2; ++call)
    w.faults->calls[w.faults->made.size() + call] = cell_fault::refused;
  w.kill(keyed_shards_name(keyed_world::node_id));
  w.run();
  std::vector<future_answer<void>> changes;
  for (std::uint64_t height = 1; height <= 5; ++height)
    changes.push_back(w.ask_later<void>(w.front(), atoms::reserve_v, a, height, std::string{}));
  w.run();
  CHECK_FALSE(changes[2]->has_value());
  REQUIRE(changes[4]->has_value());
  CHECK(error_code_of(std::move(**changes[4])) == ec::overloaded);
  w.settle();
  CHECK(error_code_of(std::move(**changes[0])) == ec::store_failure);
  must(w.reserve(a, 1));
  check_counts(w, 2);
}

TEST_CASE("what a keyed shard says names the shard, and what can be done", "[keyed]") {
  keyed_world w;
  w.strategy = GENERATE(routing_strategy::one_per_key, routing_strategy::modulo);
  if (w.strategy == routing_strategy::modulo)
    w.schema[0].initial_value.reset();
  w.start();
  const auto blocked = error_of(w.read(a, 5));
  CHECK(blocked.code == ec::read_blocked);
  CHECK(blocked.context.contains("shard"));
  CHECK(blocked.message.find("in shard [<<") != std::string::npos);
  const auto missing = error_of(w.advance_watermark(c, 1));
  CHECK(missing.code == ec::shard_not_found);
  const auto may_start = missing.message.find("start_shard") != std::string::npos;
  CHECK(may_start == (w.strategy == routing_strategy::one_per_key));
}
