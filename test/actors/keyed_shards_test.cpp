#include "model/term/term_text.hpp"
#include "test/support/keyed_world.hpp"

#include <set>
#include <string>
#include <vector>

#include <caf/typed_response_promise.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace lockstep;
using namespace std::chrono_literals;

namespace {

using test::cell_fault;
using test::error_code_of;
using test::error_of;
using test::keyed_world;
using test::must;
using test::store_kind;

const shard_key a{{"a"}};
const shard_key b{{"b"}};
const shard_key c{{"c"}};
using keys = std::set<shard_key>;

store_kind any_store() { return GENERATE(store_kind::memory, store_kind::sqlite); }

} // namespace

// -- starting
// ---------------------------------------------------------------------------------------

TEST_CASE("keyed shards start with their schema, under their names", "[keyed]") {
  keyed_world w{any_store()};
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
  keyed_world w{any_store()};
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
  keyed_world w{any_store()};
  w.schema = {{{{"a", "b"}}, term{1}}, {{{"ab"}}, term{2}}};
  w.start();
  CHECK(must(w.read({{"a", "b"}}, 1)) == term{1});
  CHECK(must(w.read({{"ab"}}, 1)) == term{2});
  CHECK(w.listed() == keys{{{"a", "b"}}, {{"ab"}}});
}

TEST_CASE("another strategy than before is refused", "[keyed]") {
  keyed_world w{any_store()};
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

// -- adding
// -----------------------------------------------------------------------------------------

TEST_CASE("a shard can be added once", "[keyed]") {
  keyed_world w{any_store()};
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
  auto early = w.ask_later<void>(w.shard(c), atoms::reserve_v, c, std::uint64_t{1});
  w.run();
  CHECK((**early).has_value());
  CHECK((**added).has_value());
  CHECK(must(w.look()->load(c)).cells.at(c).size() == 2);
}

// -- cells
// ------------------------------------------------------------------------------------------

TEST_CASE("an answer to a change means that it is durable", "[keyed]") {
  keyed_world w{any_store()};
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
  auto written = w.ask_later<void>(w.front(), atoms::write_v, a, term{"two"}, std::uint64_t{2});
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
  keyed_world w{any_store()};
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

// -- failing commits
// --------------------------------------------------------------------------------

TEST_CASE("a commit that fails is told everybody in it, and leaves nothing", "[keyed]") {
  keyed_world w;
  w.start();
  must(w.reserve(a, 1));
  w.faults->fail_next();
  auto write = w.ask_later<void>(w.front(), atoms::write_v, a, term{"lost"}, std::uint64_t{1});
  auto other = w.ask_later<void>(w.front(), atoms::reserve_v, b, std::uint64_t{7});
  auto taken = w.ask_later<void>(w.front(), atoms::reserve_v, b, std::uint64_t{7});
  auto watermark =
      w.ask_later<std::uint64_t>(w.front(), atoms::advance_watermark_v, a, std::uint64_t{1});
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
  std::vector<test::future_answer<void>> answers;
  for (std::uint64_t height = 1; height <= 3; ++height) {
    answers.push_back(w.ask_later<void>(w.shard(a), atoms::reserve_v, a, height));
    answers.push_back(w.ask_later<void>(w.shard(a), atoms::write_v, a, term{"v"}, height));
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

// -- crashes
// ----------------------------------------------------------------------------------------

TEST_CASE("a shard that is killed comes back with its cells, and waiting reads with it",
          "[keyed]") {
  keyed_world w{any_store()};
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
  auto refused = w.ask_later<void>(w.front(), atoms::reserve_v, a, std::uint64_t{1});
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
  auto change = w.ask_later<void>(w.front(), atoms::reserve_v, a, std::uint64_t{1});
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
  auto refused = w.ask_later<void>(w.shard(a), atoms::reserve_v, a, std::uint64_t{1});
  auto shown = w.ask_later<keyed_shard_contents>(w.shard(a), atoms::show_shards_v);
  w.run();
  REQUIRE(refused->has_value());
  CHECK(error_code_of(std::move(**refused)) == ec::store_failure);
  REQUIRE(shown->has_value());
  CHECK(must(std::move(**shown)).reservations == 0);
}

TEST_CASE("the end of the keeper begins all of them again", "[keyed]") {
  keyed_world w{any_store()};
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

// -- overload
// ---------------------------------------------------------------------------------------

namespace {

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
  std::vector<test::future_answer<cell_reading>> reads;
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
  std::vector<test::future_answer<void>> changes;
  for (std::uint64_t height = 1; height <= 20; ++height)
    changes.push_back(w.ask_later<void>(w.shard(a), atoms::reserve_v, a, height));
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
  std::vector<test::future_answer<void>> changes;
  for (std::uint64_t height = 1; height <= 5; ++height)
    changes.push_back(w.ask_later<void>(w.front(), atoms::reserve_v, a, height));
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
    return {[&owed, self](atoms::reserve, const cell_key&, std::uint64_t) -> caf::result<void> {
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
    auto answer = w.ask_later<void>(w.front(), atoms::reserve_v, a, std::uint64_t{1});
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
  std::vector<test::future_answer<void>> changes;
  for (std::uint64_t height = 1; height <= 5; ++height)
    changes.push_back(w.ask_later<void>(w.front(), atoms::reserve_v, a, height));
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
