#include "actors/node_tree.hpp"

#include "actors/checker.hpp"
#include "actors/instance_manager_actor.hpp"
#include "persistence/cells/memory_cell_store.hpp"
#include "test/support/world.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;

namespace {

/// The actors of a node of two shards, in memory and without threads.
struct tree_world : test::world {
  std::shared_ptr<name_table> names = std::make_shared<name_table>();
  supervisor_actor root;

  tree_world() {
    auto given = std::make_shared<node_options>();
    given->store_dir.reset();
    given->distribution_factor = 2;
    given->shards.where = placement::scheduler;
    given->shards.now = [this] { return now(); };
    routing_options routing;
    routing.names = names;
    routing.distribution_factor = 2;
    routing.gates = std::make_shared<const std::vector<std::shared_ptr<admission>>>(
        make_gates(system(), *given));
    std::vector<shard_home> homes;
    for (std::uint32_t shard = 1; shard <= 2; ++shard)
      homes.push_back(
          {std::make_shared<store_opener>(*given, shard), std::make_shared<quarantine>()});
    std::vector<child_spec> children;
    children.push_back(registry_child(names));
    children.push_back(checks_child(given, names));
    children.push_back(shard_supervisor_child(given, routing, homes));
    children.push_back(instance_manager_child(routing, std::nullopt,
                                              std::make_shared<std::atomic<std::uint16_t>>(0)));
    auto how = supervision(*given, "root", names);
    how.strategy = restart_strategy::rest_for_one;
    root = spawn_supervisor(system(), std::move(how), std::move(children));
    run();
  }

  ~tree_world() {
    compat::ask_to_exit(caf::actor_cast<caf::strong_actor_ptr>(root),
                        caf::exit_reason::user_shutdown);
    run();
  }

  /// Each child with its restarts, those below a supervisor after it.
  std::vector<std::string> tree(const supervisor_actor& from, const std::string& indent = "") {
    auto children = ask<std::vector<child_info>>(from, atoms::which_children_v);
    REQUIRE(children);
    std::vector<std::string> lines;
    for (const auto& one : *children) {
      lines.push_back(indent + one.id + " " + std::to_string(one.restarts));
      if (one.name)
        CHECK(names->lookup(*one.name) == one.actor);
      if (one.kind != child_kind::supervisor)
        continue;
      for (auto& below : tree(caf::actor_cast<supervisor_actor>(one.actor), indent + "  "))
        lines.push_back(std::move(below));
    }
    return lines;
  }
};

using lines = std::vector<std::string>;

} // namespace

TEST_CASE("the actors of a node can be listed from the root of their tree", "[node]") {
  tree_world w;
  CHECK(w.tree(w.root)
        == lines{"registry 0", "checks 0", "  checker 0", "shards 0",
                 "  " + shard_display_name(1) + " 0", "  " + shard_display_name(2) + " 0",
                 "instance manager 0"});
}

TEST_CASE("each actor of a node is started again by its supervisor alone", "[node]") {
  tree_world w;
  w.kill(w.names->lookup(shard_name(2)));
  w.run();
  w.kill(w.names->lookup(instance_manager_name()));
  w.run();
  w.kill(w.names->lookup(checker_name()));
  w.run();
  CHECK(w.tree(w.root)
        == lines{"registry 0", "checks 0", "  checker 1", "shards 0",
                 "  " + shard_display_name(1) + " 0", "  " + shard_display_name(2) + " 1",
                 "instance manager 1"});
}

TEST_CASE("with its registry the whole tree of a node is started again", "[node]") {
  tree_world w;
  w.kill(w.names->registry());
  w.run();
  CHECK(w.tree(w.root)
        == lines{"registry 1", "checks 1", "  checker 0", "shards 1",
                 "  " + shard_display_name(1) + " 0", "  " + shard_display_name(2) + " 0",
                 "instance manager 1"});
}

TEST_CASE("keyed shards whose store cannot be opened are parked, and the others go on", "[node]") {
  tree_world w;
  std::map<term, std::shared_ptr<memory_cell_contents>> contents;
  std::set<term> broken;
  auto given = std::make_shared<node_options>();
  given->open_cells = [&](const term& id) -> result<std::unique_ptr<cell_store>> {
    if (broken.contains(id))
      return fail(ec::store_failure, "the disk has gone");
    auto& there = contents[id];
    if (!there)
      there = std::make_shared<memory_cell_contents>();
    return std::make_unique<memory_cell_store>(id, there);
  };
  std::vector<keyed_home> homes;
  for (const auto* id : {"good", "bad"}) {
    keyed_group group;
    group.node_id = atom{id};
    auto how = keyed_options(*given, group, w.names);
    how.keeper = placement::scheduler;
    auto home = prepare_keyed_shards(std::move(how));
    REQUIRE(home);
    homes.push_back(std::move(*home));
  }
  auto started = keyed_supervisor_child(given, w.names, std::move(homes)).start(w.system());
  REQUIRE(started);
  const auto supervisor = caf::actor_cast<supervisor_actor>(*started);
  w.run();

  broken.insert(atom{"bad"});
  w.kill(w.names->lookup(cell_keeper_name(atom{"bad"})));
  w.run();
  auto trees = w.ask<std::vector<child_info>>(supervisor, atoms::which_children_v);
  REQUIRE(trees);
  CHECK(trees->at(0).alive);
  CHECK(trees->at(0).restarts == 0);
  CHECK_FALSE(trees->at(1).alive);
  REQUIRE(trees->at(1).parked);
  CHECK(trees->at(1).parked->find("the disk has gone") != std::string::npos);
  CHECK(w.names->lookup(keyed_shards_name(atom{"good"})));

  // Once the disk is back, it is started by hand.
  broken.clear();
  REQUIRE(w.ask<caf::strong_actor_ptr>(supervisor, atoms::restart_child_v, trees->at(1).id));
  CHECK(w.names->lookup(keyed_shards_name(atom{"bad"})));
  compat::ask_to_exit(*started, caf::exit_reason::user_shutdown);
  w.run();
}

TEST_CASE("what stops a node waits for its shards however long they take", "[node]") {
  tree_world w;
  auto given = std::make_shared<node_options>();
  routing_options routing;
  routing.names = w.names;
  CHECK_FALSE(checks_child(given, w.names).shutdown);
  CHECK_FALSE(shard_supervisor_child(given, routing, {}).shutdown);
}

TEST_CASE("how often a node restarts counts for its keyed shards, too", "[node]") {
  node_options given;
  given.store_dir.reset();
  given.max_restarts = 7;
  given.max_seconds = std::chrono::seconds{60};
  const auto made = keyed_options(given, {}, std::make_shared<name_table>());
  CHECK(made.max_restarts == 7);
  CHECK(made.max_seconds == std::chrono::seconds{60});
  CHECK(made.shard_budget.max_restarts == 7);
  CHECK(made.shard_budget.max_seconds == std::chrono::seconds{60});
}
