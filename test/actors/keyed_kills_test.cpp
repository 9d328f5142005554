#include "test/support/keyed_world.hpp"

#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

/// Kills keyed shards at every point between two steps of what they do, starts them again, and
/// looks whether everything fits.

using namespace lockstep;
using namespace std::chrono_literals;

namespace {

using test::cell_fault;
using test::error_code_of;
using test::future_answer;
using test::keyed_world;
using test::must;
using test::store_kind;

const shard_key a{{"a"}};
const shard_key b{{"b"}};
const shard_key c{{"c"}};
using keys = std::set<shard_key>;

/// Who is killed. `process` is everybody at once.
enum class victim { shard, new_shard, keeper, supervisor, front, process };

victim any_victim() {
  return GENERATE(victim::shard, victim::new_shard, victim::keeper, victim::supervisor,
                  victim::front, victim::process);
}

/// Returns when all that follows from the kill has happened.
void kill(keyed_world& w, victim whom) {
  switch (whom) {
  case victim::shard:
    w.kill(keyed_world::name_of(a));
    break;
  case victim::new_shard:
    w.kill(keyed_world::name_of(c));
    break;
  case victim::keeper:
    w.kill(cell_keeper_name(keyed_world::node_id));
    break;
  case victim::supervisor:
    w.kill(keyed_supervisor_name(keyed_world::node_id));
    break;
  case victim::front:
    w.kill(keyed_shards_name(keyed_world::node_id));
    break;
  case victim::process:
    w.kill_all();
    break;
  }
  w.settle();
}

/// Nothing runs that is not in the key map, and the other way round; no cells are without a shard.
void check_agreement(keyed_world& w) {
  CHECK(w.running_shards() == w.listed());
  auto children = w.ask<std::vector<child_info>>(caf::actor_cast<supervisor_actor>(w.names->lookup(
                                                     keyed_supervisor_name(keyed_world::node_id))),
                                                 atoms::which_children_v);
  CHECK(must(std::move(children)).size() == w.listed().size());
  auto store = w.look();
  for (const auto& key : {a, b, c})
    if (!w.listed().contains(key))
      CHECK(must(store->load(key)) == cell_contents{});
}

/// A start after which everything is there.
void check_next_start(keyed_world& w) {
  w.stop();
  CHECK(w.running().empty());
  w.start();
  check_agreement(w);
  CHECK(w.running_shards().contains(a));
  CHECK(w.running_shards().contains(b));
  CHECK(must(w.read(a, 1)) == term{1});
  CHECK(must(w.read(b, 1)) == std::nullopt);
}

} // namespace

TEST_CASE("a start that is killed between any two messages is whole or nothing", "[keyed][kills]") {
  const auto whom = any_victim();
  auto over = false;
  for (std::size_t turns = 0; !over; ++turns) {
    INFO("killed after " << turns << " turns");
    keyed_world w;
    auto started = w.begin();
    w.run(turns);
    over = started->has_value();
    kill(w, whom);
    if (whom != victim::process) {
      REQUIRE(started->has_value());
      if (**started)
        check_agreement(w);
      else
        CHECK(w.running().empty());
    }
    check_next_start(w);
    REQUIRE(turns < 500);
  }
}

TEST_CASE("a start whose store fails or is killed at any call is whole or nothing",
          "[keyed][kills]") {
  const auto kind = GENERATE(store_kind::memory, store_kind::sqlite);
  const auto how = GENERATE(cell_fault::refused, cell_fault::crash_before, cell_fault::crash_after);
  auto over = false;
  for (std::size_t call = 1; !over; ++call) {
    INFO("call " << call);
    keyed_world w{kind};
    w.faults->calls[call] = how;
    try {
      auto started = w.try_start();
      if (started)
        check_agreement(w);
      else
        CHECK(w.running().empty());
    } catch (const std::runtime_error&) {
      // Before there was an actor: the process ended.
    }
    over = w.faults->made.size() < call;
    w.faults->calls.clear();
    check_next_start(w);
    REQUIRE(call < 100);
  }
}

TEST_CASE("a shard whose start is killed between any two messages is there or not",
          "[keyed][kills]") {
  const auto whom = any_victim();
  auto over = false;
  for (std::size_t turns = 0; !over; ++turns) {
    INFO("killed after " << turns << " turns");
    keyed_world w;
    w.start();
    auto added = w.ask_later<term>(w.front(), atoms::start_shard_v, new_shard{c, term{7}});
    w.run(turns);
    over = added->has_value();
    kill(w, whom);
    REQUIRE(added->has_value());
    if (**added && whom != victim::process)
      CHECK(w.listed().contains(c));
    if (whom == victim::process)
      w.start();
    check_agreement(w);
    if (**added)
      CHECK(w.listed().contains(c));
    auto again = w.start_shard(c, term{7});
    CHECK((again || again.error().code == ec::already_started));
    CHECK(must(w.read(c, 1)) == term{7});
    check_agreement(w);
    check_next_start(w);
    CHECK(must(w.read(c, 1)) == term{7});
    REQUIRE(turns < 500);
  }
}

TEST_CASE("a shard whose start the store fails or kills at any call is there or not",
          "[keyed][kills]") {
  const auto kind = GENERATE(store_kind::memory, store_kind::sqlite);
  const auto how = GENERATE(cell_fault::refused, cell_fault::crash_before, cell_fault::crash_after);
  auto over = false;
  for (std::size_t call = 1; !over; ++call) {
    INFO("call " << call);
    keyed_world w{kind};
    w.start();
    const auto before = w.faults->made.size();
    w.faults->calls[before + call] = how;
    auto added = w.ask_later<term>(w.front(), atoms::start_shard_v, new_shard{c, term{7}});
    w.settle();
    REQUIRE(added->has_value());
    over = w.faults->made.size() < before + call;
    w.faults->calls.clear();
    check_agreement(w);
    if (**added)
      CHECK(w.listed().contains(c));
    auto again = w.start_shard(c, term{7});
    CHECK((again || again.error().code == ec::already_started));
    CHECK(must(w.read(c, 1)) == term{7});
    check_next_start(w);
    CHECK(must(w.read(c, 1)) == term{7});
    REQUIRE(call < 100);
  }
}

namespace {

/// Changes of one cell that are under way, and what became of them.
struct changes {
  std::vector<future_answer<void>> reserved;
  std::vector<future_answer<void>> written;

  static constexpr std::uint64_t count = 4;

  explicit changes(keyed_world& w) {
    for (std::uint64_t height = 1; height <= count; ++height) {
      reserved.push_back(w.ask_later<void>(w.front(), atoms::reserve_v, a, height, std::string{}));
      written.push_back(w.ask_later<void>(w.front(), atoms::write_v, a,
                                          term{static_cast<std::int64_t>(height)}, height,
                                          std::string{}));
    }
  }

  [[nodiscard]] bool done() const {
    for (const auto& one : written)
      if (!one->has_value())
        return false;
    return true;
  }

  /// What was acknowledged is there, and what was refused is not; nobody knows of `unavailable`.
  void check_against(const cell_contents& stored) const {
    auto found = stored.cells.find(a);
    for (std::uint64_t height = 1; height <= count; ++height) {
      const auto& took = reserved[height - 1];
      const auto& wrote = written[height - 1];
      REQUIRE(took->has_value());
      REQUIRE(wrote->has_value());
      const auto* slot = found != stored.cells.end() && found->second.contains(height)
                             ? &found->second.at(height)
                             : nullptr;
      if (**took)
        CHECK(slot != nullptr);
      else if ((**took).error().code != ec::unavailable)
        CHECK(slot == nullptr);
      if (**wrote) {
        REQUIRE(slot != nullptr);
        CHECK(*slot == term{static_cast<std::int64_t>(height)});
      } else if ((**wrote).error().code != ec::unavailable && slot) {
        CHECK_FALSE(slot->has_value());
      }
    }
  }
};

} // namespace

TEST_CASE("acknowledged changes survive a kill between any two messages", "[keyed][kills]") {
  const auto whom = any_victim();
  auto over = false;
  for (std::size_t turns = 0; !over; ++turns) {
    INFO("killed after " << turns << " turns");
    keyed_world w;
    w.start();
    changes asked{w};
    w.run(turns);
    over = asked.done();
    kill(w, whom);
    asked.check_against(must(w.look()->load(a)));
    // The front sends to the next shard what this one did not answer.
    if (whom == victim::shard)
      for (const auto& one : asked.written)
        CHECK((**one).has_value());
    if (whom == victim::process)
      w.start();
    // What the shard has in memory is what is stored.
    auto stored = must(w.look()->load(a));
    for (std::uint64_t height = 1; height <= changes::count; ++height) {
      auto slot = stored.cells.at(a).find(height);
      auto taken = w.reserve(a, height);
      CHECK(taken.has_value() == (slot == stored.cells.at(a).end()));
    }
    REQUIRE(turns < 500);
  }
}

TEST_CASE("the successor of a killed tree uses the store when its last keeper has ended",
          "[keyed][kills]") {
  const auto kind = GENERATE(store_kind::memory, store_kind::sqlite);
  auto over = false;
  for (std::size_t turns = 0; !over; turns += 3) {
    INFO("killed after " << turns << " turns");
    keyed_world w{kind};
    const auto home = must(w.prepare());
    supervisor_options above;
    above.id = "above";
    auto top = spawn_supervisor(w.system(), above, {keyed_tree_child(home)});
    w.settle();
    auto tree = must(w.ask<std::vector<child_info>>(top, atoms::which_children_v)).at(0).actor;
    changes asked{w};
    w.run(turns);
    over = asked.done();
    w.kill(tree);
    w.settle();
    w.settle();
    CHECK(w.faults->most_open == 1);
    asked.check_against(must(w.look()->load(a)));
    check_agreement(w);
    must(w.start_shard(c, term{7}));
    must(w.write_reserved(c, 1));
    compat::ask_to_exit(caf::actor_cast<caf::strong_actor_ptr>(top),
                        caf::exit_reason::user_shutdown);
    w.settle();
    CHECK(w.running().empty());
    REQUIRE(turns < 500);
  }
}

TEST_CASE("a keeper waits for the store of one that has not ended yet", "[keyed][kills]") {
  keyed_world w;
  const auto home = must(w.prepare());
  auto before = must(home.open_store());
  CHECK(error_code_of(home.open_store()) == ec::unavailable);
  supervisor_options above;
  above.id = "above";
  auto top = spawn_supervisor(w.system(), above, {keyed_tree_child(home)});
  w.settle(); // longer than restarts may go on
  REQUIRE(w.names->lookup(cell_keeper_name(keyed_world::node_id)));
  must(before->add_to_key_map({c, term{7}})); // a last change
  w.settle();
  CHECK(w.running_shards().empty());
  CHECK(w.faults->most_open == 1);

  before.reset();
  w.settle();
  check_agreement(w);
  CHECK(must(w.read(c, 1)) == term{7});
  must(w.write_reserved(c, 1));
  compat::ask_to_exit(caf::actor_cast<caf::strong_actor_ptr>(top), caf::exit_reason::user_shutdown);
  w.settle();
}

TEST_CASE("acknowledged changes survive a store that fails or is killed at any call",
          "[keyed][kills]") {
  const auto kind = GENERATE(store_kind::memory, store_kind::sqlite);
  const auto how = GENERATE(cell_fault::refused, cell_fault::crash_before, cell_fault::crash_after);
  auto over = false;
  for (std::size_t call = 1; !over; ++call) {
    INFO("call " << call);
    keyed_world w{kind};
    w.start();
    const auto before = w.faults->made.size();
    w.faults->calls[before + call] = how;
    changes asked{w};
    w.settle();
    over = w.faults->made.size() < before + call;
    w.faults->calls.clear();
    asked.check_against(must(w.look()->load(a)));
    check_agreement(w);
    REQUIRE(call < 100);
  }
}
