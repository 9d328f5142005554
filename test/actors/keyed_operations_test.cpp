/// Calls to keyed shards that are repeated, by whoever does not know whether they were made.

#include "test/support/keyed_world.hpp"

#include <set>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace lockstep;
using namespace lockstep::test;
using namespace std::chrono_literals;

namespace {

const shard_key a{{"a"}};
const shard_key b{{"b"}};
const shard_key c{{"c"}};

/// The end of some actor, or nothing at all.
enum class interruption { none, shard, keeper, front, process };

interruption any_interruption() {
  return GENERATE(interruption::none, interruption::shard, interruption::keeper,
                  interruption::front, interruption::process);
}

/// Returns when everything runs again.
void interrupt(keyed_world& w, interruption how) {
  switch (how) {
  case interruption::none:
    return;
  case interruption::shard:
    w.kill(keyed_world::name_of(a));
    break;
  case interruption::keeper:
    w.kill(cell_keeper_name(keyed_world::node_id));
    break;
  case interruption::front:
    w.kill(keyed_shards_name(keyed_world::node_id));
    break;
  case interruption::process:
    w.kill_all();
    w.start();
    break;
  }
  w.settle();
}

} // namespace

TEST_CASE("a repeated call changes nothing and gets the first answer", "[keyed]") {
  const auto how = any_interruption();
  keyed_world w{any_store_kind()};
  w.start();
  must(w.reserve(a, 5, "reserve"));
  interrupt(w, how);
  must(w.reserve(a, 5, "reserve"));
  CHECK(error_code_of(w.reserve(a, 5, "another")) == ec::occupied);

  must(w.write(a, term{"v"}, 5, "write"));
  interrupt(w, how);
  must(w.write(a, term{"w"}, 5, "write"));
  must(w.reserve(a, 5, "reserve"));
  CHECK(must(w.look()->load(a)).cells.at(a).at(5) == term{"v"});

  must(w.reserve(a, 6));
  must(w.unreserve(a, 6, "give up"));
  must(w.reserve(a, 6));
  interrupt(w, how);
  must(w.unreserve(a, 6, "give up"));
  CHECK(must(w.look()->load(a)).cells.at(a).contains(6)); // it is somebody else's

  CHECK(must(w.advance_watermark(a, 7, "raise")) == 7);
  CHECK(must(w.advance_watermark(a, 2, "too low")) == 7);
  CHECK(must(w.advance_watermark(a, 9)) == 9);
  interrupt(w, how);
  CHECK(must(w.advance_watermark(a, 7, "raise")) == 7);
  CHECK(must(w.advance_watermark(a, 2, "too low")) == 7);
}

TEST_CASE("a refused call is made when it is repeated", "[keyed]") {
  keyed_world w;
  w.start();
  must(w.reserve(a, 1));
  CHECK(error_code_of(w.reserve(a, 1, "take")) == ec::occupied);
  must(w.unreserve(a, 1));
  must(w.reserve(a, 1, "take"));
  CHECK(error_code_of(w.write(a, term{1}, 2, "write")) == ec::not_reserved);
}

TEST_CASE("the operation id of another call is refused", "[keyed]") {
  keyed_world w;
  w.start();
  must(w.reserve(a, 1, "id"));
  CHECK(error_code_of(w.reserve(a, 2, "id")) == ec::invalid_argument);
  CHECK(error_code_of(w.write(a, term{1}, 1, "id")) == ec::invalid_argument);
  CHECK(error_code_of(w.advance_watermark(a, 1, "id")) == ec::invalid_argument);
  must(w.reserve(b, 2, "id")); // another shard
}

TEST_CASE("a repetition is answered when the first call is durable", "[keyed]") {
  keyed_world w;
  w.start();
  const auto first =
      w.ask_later<void>(w.shard(a), atoms::reserve_v, a, std::uint64_t{1}, std::string{"take"});
  const auto second =
      w.ask_later<void>(w.shard(a), atoms::reserve_v, a, std::uint64_t{1}, std::string{"take"});
  while (!second->has_value()) {
    w.run(1);
    if (second->has_value())
      CHECK(must(w.look()->load(a)).cells.at(a).contains(1));
  }
  w.run();
  CHECK((**first).has_value());
  CHECK((**second).has_value());
}

TEST_CASE("a repetition of a call whose commit fails is made itself", "[keyed]") {
  keyed_world w;
  w.start();
  w.faults->fail_next();
  const auto first =
      w.ask_later<void>(w.shard(a), atoms::reserve_v, a, std::uint64_t{1}, std::string{"take"});
  const auto second =
      w.ask_later<void>(w.shard(a), atoms::reserve_v, a, std::uint64_t{1}, std::string{"take"});
  w.run();
  CHECK(error_code_of(std::move(**first)) == ec::store_failure);
  CHECK((**second).has_value());
  CHECK(must(w.look()->load(a)).cells.at(a).contains(1));
  CHECK(must(w.look()->load(a)).calls.contains("take"));
}

TEST_CASE("after a call of which nobody knows whether it was made, a repetition tells", "[keyed]") {
  const auto how =
      GENERATE(cell_fault::unavailable_after, cell_fault::crash_after, cell_fault::crash_before);
  keyed_world w{any_store_kind()};
  w.start();
  w.faults->fail_next(how);
  auto first =
      w.ask_later<void>(w.front(), atoms::reserve_v, a, std::uint64_t{1}, std::string{"take"});
  w.settle();
  REQUIRE(first->has_value());
  CHECK(error_code_of(std::move(**first)) == ec::unavailable);
  must(w.reserve(a, 1, "take"));
  CHECK(must(w.look()->load(a)).cells.at(a).contains(1));
  CHECK(error_code_of(w.reserve(a, 1)) == ec::occupied);
}

TEST_CASE("an operation id is forgotten when its height cannot be read any more", "[keyed]") {
  keyed_world w{any_store_kind()};
  w.cells.keep_heights = 2;
  w.start();
  must(w.reserve(a, 1, "take"));
  must(w.write(a, term{1}, 1, "write"));
  for (std::uint64_t height = 2; height <= 9; ++height)
    must(w.advance_watermark(a, height, "raise " + std::to_string(height)));
  CHECK(error_code_of(w.reserve(a, 1, "take")) == ec::below_watermark);
  CHECK(error_code_of(w.write(a, term{2}, 1, "write")) == ec::occupied); // the newest version
  CHECK(must(w.advance_watermark(a, 2, "raise 2")) == 9);
  CHECK(must(w.look()->load(a)).calls.size() < 5);
}

// -- starting -------------------------------------------------------------------------------------

TEST_CASE("a repeated start of a shard gets its name", "[keyed]") {
  const auto how = any_interruption();
  keyed_world w{any_store_kind()};
  w.start();
  CHECK(must(w.start_shard(c, term{1}, "start")) == keyed_world::name_of(c));
  interrupt(w, how);
  CHECK(must(w.start_shard(c, term{2}, "start")) == keyed_world::name_of(c));
  CHECK(must(w.read(c, 1)) == term{1});
  CHECK(error_code_of(w.start_shard(c, term{1}, "another")) == ec::already_started);
  CHECK(error_code_of(w.start_shard(c, term{1})) == ec::already_started);
  // It is in the schema.
  CHECK(error_code_of(w.start_shard(a, term{1}, "start")) == ec::already_started);
}

TEST_CASE("two starts of a shard under one operation id are one", "[keyed]") {
  keyed_world w;
  w.start();
  auto first = w.ask_later<term>(w.front(), atoms::start_shard_v, new_shard{c, term{1}, "start"});
  auto second = w.ask_later<term>(w.front(), atoms::start_shard_v, new_shard{c, term{1}, "start"});
  w.settle();
  CHECK(must(std::move(**first)) == keyed_world::name_of(c));
  CHECK(must(std::move(**second)) == keyed_world::name_of(c));
}

TEST_CASE("a start of which nobody knows whether it was made can be repeated", "[keyed]") {
  const auto how =
      GENERATE(cell_fault::unavailable_after, cell_fault::crash_after, cell_fault::crash_before);
  keyed_world w{any_store_kind()};
  w.start();
  w.faults->fail_next(how);
  auto first = w.ask_later<term>(w.front(), atoms::start_shard_v, new_shard{c, term{1}, "start"});
  w.settle();
  REQUIRE(first->has_value());
  CHECK_FALSE((**first).has_value());
  CHECK(must(w.start_shard(c, term{1}, "start")) == keyed_world::name_of(c));
  CHECK(must(w.read(c, 1)) == term{1});
  CHECK(w.running_shards().contains(c));
}

TEST_CASE("a start whose key map cannot be asked says so", "[keyed]") {
  keyed_world w;
  w.start();
  must(w.start_shard(c, term{1}, "start"));
  w.faults->fail_next();
  CHECK(error_code_of(w.start_shard(c, term{1}, "start")) == ec::store_failure);
  CHECK(must(w.start_shard(c, term{1}, "start")) == keyed_world::name_of(c));
}
