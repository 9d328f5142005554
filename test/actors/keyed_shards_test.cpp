#include "test/support/keyed_world.hpp"

#include <set>

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

// -- starting -------------------------------------------------------------------------------------

TEST_CASE("keyed shards start with their schema, under their names", "[keyed]") {
  keyed_world w{any_store_kind()};
  w.start();
  CHECK(w.listed() == keys{a, b});
  CHECK(w.running_shards() == keys{a, b});
  CHECK(must(w.read(a, 1)) == term{1});
  CHECK(must(w.read(b, 1)) == std::nullopt);
  auto all = must(w.ask<keyed_shard_listing>(w.front(), atoms::show_shards_v));
  CHECK(all.strategy == "one_per_key");
  REQUIRE(all.shards.size() == 2);
  CHECK(all.shards[0].name
        == term::tuple(
            {keyed_world::node_id, term::tuple({atom{"shard"}, term::list({term{"a"}})})}));
  CHECK(all.shards[0].running);
}

TEST_CASE("without a schema they begin with no shards", "[keyed]") {
  keyed_world w;
  w.schema.clear();
  w.start();
  CHECK(w.running_shards().empty());
  CHECK(error_code_of(w.read(a, 1)) == ec::shard_not_found);
}

TEST_CASE("a key map that cannot be written starts nothing", "[keyed]") {
  keyed_world w;
  w.faults->calls[2] = cell_fault::refused; // after the look at what is there
  auto reason = error_of(w.try_start());
  CHECK(reason.code == ec::key_map_population_failed);
  CHECK(reason.context.at("reason") == term{"store_failure"});
  CHECK(w.listed().empty());
  CHECK(w.running().empty());
  w.start();
  CHECK(w.running_shards() == keys{a, b});
}

TEST_CASE("a shard of the schema that does not start stops everything", "[keyed]") {
  keyed_world w;
  SECTION("since its cells cannot be loaded") {
    for (std::size_t call = 5; call < 20; ++call) // after the key map, more than once
      w.faults->calls[call] = cell_fault::refused;
    auto reason = error_of(w.try_start());
    CHECK(w.faults->made.at(4) == "load");
    w.faults->calls.clear();
    CHECK(reason.code == ec::failed_to_start_initial_child);
    CHECK(reason.context.at("reason") == term{"store_failure"});
    CHECK((reason.context.at("key") == to_term(a) || reason.context.at("key") == to_term(b)));
  }
  SECTION("since somebody else has its name") {
    auto other = w.system().spawn([](caf::event_based_actor* self) -> caf::behavior {
      self->set_default_handler(caf::skip);
      return {[](atoms::get) {}};
    });
    must(w.ask<std::uint64_t>(w.names->registry(), atoms::register_name_v, keyed_world::name_of(b),
                              caf::actor_cast<caf::strong_actor_ptr>(other)));
    auto reason = error_of(w.try_start());
    CHECK(reason.code == ec::failed_to_start_initial_child);
    CHECK(reason.context.at("key") == to_term(b));
    CHECK(reason.context.at("reason") == term{"already_registered"});
    w.kill(other);
    w.run();
  }
  CHECK(w.running().empty());
  w.start();
  CHECK(w.running_shards() == keys{a, b});
  CHECK(must(w.read(a, 1)) == term{1});
}

TEST_CASE("a start again keeps shards that were added, and their cells", "[keyed]") {
  keyed_world w{any_store_kind()};
  w.start();
  must(w.start_shard(c, term{3}));
  must(w.reserve(a, 1));
  must(w.write(a, term{"first"}, 1));
  must(w.reserve(a, 3));
  CHECK(must(w.advance_watermark(a, 2)) == 2);
  w.stop();
  CHECK(w.running().empty());
  w.schema.push_back({{{"d"}}, term{4}});
  w.schema[0].initial_value = term{"not any more"};
  w.start();
  CHECK(w.running_shards() == keys{a, b, c, {{"d"}}});
  CHECK(must(w.read(c, 1)) == term{3});
  CHECK(must(w.read({{"d"}}, 1)) == term{4});
  CHECK(must(w.read(a, 1)) == term{1});
  CHECK(must(w.read(a, 2)) == term{"first"});
  CHECK(error_code_of(w.reserve(a, 3)) == ec::occupied);
  CHECK(error_code_of(w.reserve(a, 2)) == ec::below_watermark);
}

TEST_CASE("keys of several parts are not run together", "[keyed]") {
  keyed_world w{any_store_kind()};
  w.schema = {{{{"a", "b"}}, term{1}}, {{{"ab"}}, term{2}}};
  w.start();
  CHECK(must(w.read({{"a", "b"}}, 1)) == term{1});
  CHECK(must(w.read({{"ab"}}, 1)) == term{2});
  CHECK(w.listed() == keys{{{"a", "b"}}, {{"ab"}}});
}

TEST_CASE("another strategy than before is refused", "[keyed]") {
  keyed_world w{any_store_kind()};
  w.start();
  w.stop();
  w.strategy = routing_strategy::rendezvous;
  w.schema[0].initial_value.reset();
  CHECK(error_code_of(w.try_start()) == ec::invalid_configuration);
  CHECK(w.running().empty());
}

TEST_CASE("shards of a schema stay what they are if the strategy divides cells among them",
          "[keyed]") {
  keyed_world w;
  w.strategy =
      GENERATE(routing_strategy::modulo, routing_strategy::rendezvous, routing_strategy::ring);
  w.schema[0].initial_value.reset();
  w.start();
  CHECK(error_code_of(w.start_shard(c)) == ec::invalid_argument);
  // Cells of any key, each in one of the shards.
  for (const auto* key : {"x", "y", "z", "a"}) {
    must(w.reserve({{key}}, 1));
    must(w.write({{key}}, term{key}, 1));
  }
  must(w.advance_watermark(a, 1));
  must(w.advance_watermark(b, 1));
  w.stop();
  w.schema.pop_back();
  CHECK(error_code_of(w.try_start()) == ec::invalid_argument);
  w.schema.push_back({b, std::nullopt});
  w.schema.push_back({c, std::nullopt});
  CHECK(error_code_of(w.try_start()) == ec::invalid_argument);
  w.schema = {{b, std::nullopt}, {a, std::nullopt}};
  w.start();
  for (const auto* key : {"x", "y", "z", "a"})
    CHECK(must(w.read({{key}}, 2)) == term{key});
}

// -- adding ---------------------------------------------------------------------------------------

TEST_CASE("a shard can be added once", "[keyed]") {
  keyed_world w{any_store_kind()};
  w.start();
  CHECK(error_code_of(w.reserve(c, 1)) == ec::shard_not_found);
  CHECK(must(w.start_shard(c, term{3})) == keyed_world::name_of(c));
  CHECK(w.listed() == keys{a, b, c});
  CHECK(must(w.read(c, 1)) == term{3});
  auto again = error_of(w.start_shard(c, term{4}));
  CHECK(again.code == ec::already_started);
  CHECK(again.context.at("name") == keyed_world::name_of(c));
  CHECK(must(w.read(c, 1)) == term{3});
}

TEST_CASE("of two who add the same shard at a time one hears that it is there", "[keyed]") {
  keyed_world w;
  w.start();
  auto first = w.ask_later<term>(w.front(), atoms::start_shard_v, new_shard{c, term{1}});
  auto second = w.ask_later<term>(w.front(), atoms::start_shard_v, new_shard{c, term{2}});
  w.run();
  CHECK((**first).has_value() != (**second).has_value());
  auto winner = (**first).has_value() ? term{1} : term{2};
  CHECK(error_code_of((**first).has_value() ? **second : **first) == ec::already_started);
  CHECK(must(w.read(c, 1)) == winner);
}

TEST_CASE("a shard that cannot be written to the key map is stopped again", "[keyed]") {
  keyed_world w;
  w.start();
  w.faults->fail_next();
  auto reason = error_of(w.start_shard(c, term{3}));
  CHECK(w.faults->made.at(6) == "add_to_key_map");
  CHECK(reason.code == ec::key_map_update_failed);
  CHECK(reason.context.at("key") == to_term(c));
  CHECK(w.running_shards() == keys{a, b});
  CHECK(w.listed() == keys{a, b});
  CHECK(error_code_of(w.read(c, 1)) == ec::shard_not_found);
  must(w.start_shard(c, term{4}));
  CHECK(must(w.read(c, 1)) == term{4});
}

TEST_CASE("a shard takes no request before it is in the key map", "[keyed]") {
  keyed_world w;
  w.start();
  auto added = w.ask_later<term>(w.front(), atoms::start_shard_v, new_shard{c, term{3}});
  while (!w.shard(c) && !added->has_value())
    w.run(1);
  REQUIRE(w.shard(c));
  CHECK_FALSE(w.listed().contains(c));
  auto early = w.ask_later<void>(w.shard(c), atoms::reserve_v, c, std::uint64_t{1}, std::string{});
  w.run();
  CHECK((**early).has_value());
  CHECK((**added).has_value());
  CHECK(must(w.look()->load(c)).cells.at(c).size() == 2);
}

// -- cells ----------------------------------------------------------------------------------------

TEST_CASE("an answer to a change means that it is durable", "[keyed]") {
  keyed_world w{any_store_kind()};
  w.start();
  must(w.reserve(a, 5));
  CHECK(must(w.look()->load(a)).cells.at(a).contains(5));
  must(w.write(a, term{"v"}, 5));
  CHECK(must(w.look()->load(a)).cells.at(a).at(5) == term{"v"});
  must(w.reserve(a, 6));
  must(w.unreserve(a, 6));
  CHECK_FALSE(must(w.look()->load(a)).cells.at(a).contains(6));
  must(w.advance_watermark(a, 6));
  CHECK(must(w.look()->load(a)).watermark == 6);
}

TEST_CASE("every mistake with a slot has its name", "[keyed]") {
  keyed_world w;
  w.start();
  CHECK(error_code_of(w.write(a, term{1}, 1)) == ec::not_reserved);
  CHECK(error_code_of(w.unreserve(a, 1)) == ec::not_reserved);
  must(w.reserve(a, 1));
  CHECK(error_code_of(w.reserve(a, 1)) == ec::occupied);
  must(w.write(a, term{1}, 1));
  CHECK(error_code_of(w.write(a, term{1}, 1)) == ec::occupied);
  CHECK(must(w.advance_watermark(a, 4)) == 4);
  CHECK(must(w.advance_watermark(a, 3)) == 4);
  CHECK(error_code_of(w.reserve(a, 4)) == ec::below_watermark);
  CHECK(error_code_of(w.read(a, 0)) == ec::invalid_argument);
}

TEST_CASE("a read waits for the slots below it, and its answer for their commit", "[keyed]") {
  keyed_world w;
  w.start();
  must(w.reserve(a, 2));
  must(w.advance_watermark(a, 4));
  auto read = w.read_later(a, 5);
  w.run();
  CHECK_FALSE(read->has_value());
  auto written =
      w.ask_later<void>(w.front(), atoms::write_v, a, term{"two"}, std::uint64_t{2}, std::string{});
  // Once the answer is there, so is the change.
  while (!read->has_value()) {
    w.run(1);
    if (read->has_value())
      CHECK(must(w.look()->load(a)).cells.at(a).at(2) == term{"two"});
  }
  w.run();
  CHECK((**written).has_value());
  CHECK(must(std::move(**read)).value == term{"two"});
}

TEST_CASE("giving up a slot and raising the watermark wake reads", "[keyed]") {
  keyed_world w;
  w.start();
  must(w.reserve(a, 2));
  auto open_slot = w.read_later(a, 4);
  auto ahead = w.read_later(a, 6);
  must(w.advance_watermark(a, 3));
  CHECK_FALSE(open_slot->has_value());
  must(w.unreserve(a, 2));
  REQUIRE(open_slot->has_value());
  CHECK(must(std::move(**open_slot)).value == term{1});
  CHECK_FALSE(ahead->has_value());
  must(w.advance_watermark(a, 5));
  REQUIRE(ahead->has_value());
  CHECK((**ahead).has_value());
}

TEST_CASE("a read whose time is over names what blocks it", "[keyed]") {
  keyed_world w;
  w.start();
  must(w.reserve(a, 2));
  auto reason = error_of(w.read(a, 4));
  CHECK(reason.code == ec::read_blocked);
  auto later = w.read_later(a, 4, 30s);
  w.advance(29s);
  CHECK_FALSE(later->has_value());
  w.advance(1s);
  REQUIRE(later->has_value());
  reason = error_of(std::move(**later));
  CHECK(reason.code == ec::read_blocked);
  CHECK(reason.context.at("blocking_height") == term{1});
  must(w.advance_watermark(a, 3));
  CHECK(error_of(w.read(a, 4)).context.at("blocking_height") == term{2});
}

TEST_CASE("old versions are collected, and a read below them says so", "[keyed]") {
  keyed_world w{any_store_kind()};
  w.cells.keep_heights = 3;
  w.start();
  for (std::uint64_t height = 1; height <= 20; ++height) {
    must(w.reserve(a, height));
    must(w.write(a, term{static_cast<std::int64_t>(height)}, height));
    must(w.advance_watermark(a, height));
  }
  CHECK(must(w.read(a, 21)) == term{20});
  CHECK(must(w.read(a, 18)) == term{17});
  CHECK(error_code_of(w.read(a, 10)) == ec::version_collected);
  CHECK(must(w.look()->load(a)).cells.at(a).size() < 7);
  auto held = must(w.ask<keyed_shard_contents>(w.front(), atoms::show_shards_v, a));
  CHECK(held.watermark == 20);
  CHECK(held.versions < 7);
}
