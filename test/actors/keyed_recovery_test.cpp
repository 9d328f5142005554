/// Keyed shards whose commits fail, and those that end.

#include "test/support/keyed_world.hpp"

#include <set>
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
using keys = std::set<shard_key>;

} // namespace

// -- failing commits ------------------------------------------------------------------------------

TEST_CASE("a commit that fails is told everybody in it, and leaves nothing", "[keyed]") {
  keyed_world w;
  w.start();
  must(w.reserve(a, 1));
  w.faults->fail_next();
  auto write = w.ask_later<void>(w.front(), atoms::write_v, a, term{"lost"}, std::uint64_t{1},
                                 std::string{});
  auto other = w.ask_later<void>(w.front(), atoms::reserve_v, b, std::uint64_t{7}, std::string{});
  auto taken = w.ask_later<void>(w.front(), atoms::reserve_v, b, std::uint64_t{7}, std::string{});
  auto watermark = w.ask_later<std::uint64_t>(w.front(), atoms::advance_watermark_v, a,
                                              std::uint64_t{1}, std::string{});
  auto read = w.read_later(a, 2);
  w.run();
  CHECK(error_code_of(std::move(**write)) == ec::store_failure);
  CHECK(error_code_of(std::move(**other)) == ec::store_failure);
  // It was not taken after all.
  CHECK((**taken).has_value());
  CHECK(error_code_of(std::move(**watermark)) == ec::store_failure);
  CHECK_FALSE(read->has_value());
  must(w.write(a, term{"kept"}, 1));
  must(w.advance_watermark(a, 1));
  REQUIRE(read->has_value());
  CHECK(must(std::move(**read)).value == term{"kept"});
  CHECK(must(w.look()->load(a)).cells.at(a).at(1) == term{"kept"});
}

TEST_CASE("what was staged on top of a lost change is lost, too", "[keyed]") {
  keyed_world w;
  w.start();
  auto faults = w.faults;
  faults->fail_next();
  std::vector<future_answer<void>> answers;
  for (std::uint64_t height = 1; height <= 3; ++height) {
    answers.push_back(w.ask_later<void>(w.shard(a), atoms::reserve_v, a, height, std::string{}));
    answers.push_back(
        w.ask_later<void>(w.shard(a), atoms::write_v, a, term{"v"}, height, std::string{}));
    w.run(3);
  }
  w.run();
  auto stored = must(w.look()->load(a));
  for (std::uint64_t height = 1; height <= 3; ++height) {
    const auto& reserved = **answers[2 * (height - 1)];
    const auto& written = **answers[2 * (height - 1) + 1];
    CHECK((stored.cells.at(a).contains(height)) == reserved.has_value());
    if (written)
      CHECK(stored.cells.at(a).at(height) == term{"v"});
  }
  CHECK_FALSE((**answers[0]).has_value());
}

TEST_CASE("a shard whose cells cannot be loaded refuses until they can", "[keyed]") {
  keyed_world w;
  w.start();
  w.faults->fail_next(); // the commit
  w.faults->calls[w.faults->made.size() + 2] = cell_fault::refused;
  CHECK(error_code_of(w.reserve(a, 1)) == ec::store_failure);
  CHECK(w.faults->made.back() == "load");
  must(w.reserve(a, 1));
  CHECK(must(w.look()->load(a)).cells.at(a).contains(1));
}

// -- crashes --------------------------------------------------------------------------------------

TEST_CASE("a shard that is killed comes back with its cells, and waiting reads with it",
          "[keyed]") {
  keyed_world w{any_store_kind()};
  w.start();
  must(w.reserve(a, 2));
  auto read = w.read_later(a, 3);
  w.run();
  w.kill(keyed_world::name_of(a));
  w.run();
  CHECK(w.running_shards() == keys{a, b});
  CHECK_FALSE(read->has_value());
  CHECK(error_code_of(w.reserve(a, 2)) == ec::occupied);
  must(w.write(a, term{"two"}, 2));
  must(w.advance_watermark(a, 2));
  REQUIRE(read->has_value());
  CHECK(must(std::move(**read)).value == term{"two"});
  auto all = must(w.ask<keyed_shard_listing>(w.front(), atoms::show_shards_v));
  CHECK(all.shards[0].restarts == 1);
  CHECK(all.shards[1].restarts == 0);
}

TEST_CASE("a read goes on waiting for what was left of its time when its shard is killed",
          "[keyed]") {
  keyed_world w;
  w.start();
  auto read = w.read_later(a, 3, 30s);
  w.advance(20s);
  w.kill(keyed_world::name_of(a));
  w.advance(9s);
  CHECK_FALSE(read->has_value());
  w.advance(1s);
  REQUIRE(read->has_value());
  CHECK(error_code_of(std::move(**read)) == ec::read_blocked);
}

TEST_CASE("a shard that crashes too often is parked, and the others go on", "[keyed]") {
  keyed_world w;
  w.start();
  for (int i = 0; i < 5; ++i) {
    w.kill(keyed_world::name_of(a));
    w.run();
  }
  auto all = must(w.ask<keyed_shard_listing>(w.front(), atoms::show_shards_v));
  CHECK_FALSE(all.shards[0].running);
  CHECK(all.shards[0].parked);
  CHECK(all.shards[1].running);
  must(w.reserve(b, 1));
  auto refused = w.ask_later<void>(w.front(), atoms::reserve_v, a, std::uint64_t{1}, std::string{});
  w.advance(60s);
  REQUIRE(refused->has_value());
  auto why = error_of(std::move(**refused));
  CHECK(why.code == ec::child_parked);
  CHECK(why.context.contains("reason"));

  CHECK(must(w.start_shard(a)) == keyed_world::name_of(a));
  must(w.reserve(a, 1));
  CHECK(error_code_of(w.start_shard(a)) == ec::already_started);
}

TEST_CASE("while the key map cannot be read everything that needs it says so", "[keyed]") {
  keyed_world w;
  w.start();
  w.reports_throw = true; // which concerns nobody else
  for (std::size_t call = 1; call <= 2; ++call)
    w.faults->calls[w.faults->made.size() + call] = cell_fault::refused;
  w.kill(keyed_shards_name(keyed_world::node_id));
  w.run();
  auto listing = w.ask_later<keyed_shard_listing>(w.front(), atoms::show_shards_v);
  auto change = w.ask_later<void>(w.front(), atoms::reserve_v, a, std::uint64_t{1}, std::string{});
  w.run();
  const auto front = w.front();
  CHECK_FALSE(listing->has_value()); // not an empty one
  CHECK_FALSE(change->has_value());
  w.advance(1s);
  REQUIRE(listing->has_value());
  CHECK(error_code_of(std::move(**listing)) == ec::store_failure);
  REQUIRE(change->has_value());
  CHECK(error_code_of(std::move(**change)) == ec::store_failure);
  w.advance(1s);
  CHECK(w.front() == front);
  CHECK(must(w.ask<keyed_shard_listing>(w.front(), atoms::show_shards_v)).shards.size() == 2);
  must(w.reserve(a, 1));
}

TEST_CASE("whether a shard was added is unavailable if nobody knows", "[keyed]") {
  keyed_world w;
  w.start();
  w.faults->fail_next(cell_fault::unavailable_after);
  CHECK(error_code_of(w.start_shard(c, term{3})) == ec::unavailable);
  w.settle();
  CHECK(w.listed().contains(c));
  CHECK(must(w.read(c, 1)) == term{3});
  CHECK(error_code_of(w.start_shard(c)) == ec::already_started);
}

TEST_CASE("what a shard shows is durable", "[keyed]") {
  keyed_world w;
  w.start();
  w.faults->fail_next(); // the commit
  auto refused =
      w.ask_later<void>(w.shard(a), atoms::reserve_v, a, std::uint64_t{1}, std::string{});
  auto shown = w.ask_later<keyed_shard_contents>(w.shard(a), atoms::show_shards_v);
  w.run();
  REQUIRE(refused->has_value());
  CHECK(error_code_of(std::move(**refused)) == ec::store_failure);
  REQUIRE(shown->has_value());
  CHECK(must(std::move(**shown)).reservations == 0);
}

TEST_CASE("the end of the keeper begins all of them again", "[keyed]") {
  keyed_world w{any_store_kind()};
  w.start();
  must(w.start_shard(c, term{3}));
  must(w.reserve(a, 2));
  auto who = GENERATE(0, 1, 2);
  w.kill(who == 0   ? cell_keeper_name(keyed_world::node_id)
         : who == 1 ? keyed_supervisor_name(keyed_world::node_id)
                    : keyed_shards_name(keyed_world::node_id));
  w.settle();
  CHECK(w.running_shards() == keys{a, b, c});
  CHECK(error_code_of(w.reserve(a, 2)) == ec::occupied);
  must(w.write(a, term{"two"}, 2));
  CHECK(must(w.read(c, 1)) == term{3});
}
