/// Keyed shards of a node, on files: what a start takes over, misses and refuses.

#include "actors/node.hpp"
#include "actors/node_tree.hpp"
#include "persistence/cells/keyed_files.hpp"
#include "persistence/cells/keyed_inventory.hpp"
#include "persistence/cells/listed_cell_store.hpp"
#include "persistence/cells/memory_cell_store.hpp"
#include "persistence/sqlite/store_folder.hpp"
#include "test/support/results.hpp"
#include "test/support/temporary_folder.hpp"
#include "test/support/world.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace lockstep;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using test::error_code_of;
using test::error_of;
using test::must;
namespace fs = std::filesystem;

namespace {

const shard_key a{{"a"}};
const shard_key b{{"b"}};

keyed_group bank() { return {"bank", routing_strategy::one_per_key, {{a, term{1}}}, {}}; }
keyed_group book() { return {"ledger", routing_strategy::modulo, {{a, {}}, {b, {}}}, {}}; }

/// Nodes that follow on each other in one folder.
class folder_of_nodes {
public:
  result<std::unique_ptr<node>> start(std::vector<keyed_group> groups, std::uint32_t shards = 2) {
    node_options options;
    options.store_dir = folder();
    options.distribution_factor = shards;
    options.keyed_shards = std::move(groups);
    options.shards.report = [this](const failure& what, severity level) {
      reports.emplace_back(what, level);
    };
    return node::start(system_, std::move(options));
  }

  [[nodiscard]] fs::path folder() const { return parent_ / "store"; }
  [[nodiscard]] fs::path file() const { return sqlite::keyed_file(folder(), "bank"); }

  /// What is in the folder, but for who has it.
  [[nodiscard]] std::map<fs::path, std::string> content() const {
    std::map<fs::path, std::string> all;
    if (!fs::exists(folder()))
      return all;
    for (const auto& entry : fs::recursive_directory_iterator{folder()}) {
      if (!entry.is_regular_file() || entry.path().filename() == "lock")
        continue;
      std::ifstream in{entry.path(), std::ios::binary};
      all[entry.path()] = {std::istreambuf_iterator<char>{in}, {}};
    }
    return all;
  }

  std::vector<std::pair<failure, severity>> reports;

private:
  struct configuration : caf::actor_system_config {
    configuration() { make_types_known(); }
  };

  test::temporary_folder parent_;
  configuration config_;
  caf::actor_system system_{config_};
};

} // namespace

TEST_CASE("a node whose keyed shards were lost does not start", "[keyed][node]") {
  folder_of_nodes f;
  must(f.start({bank()}))->stop();
  fs::remove(f.file());
  const auto before = f.content();
  for (const auto& groups : {std::vector<keyed_group>{bank()}, std::vector<keyed_group>{book()},
                             std::vector<keyed_group>{}}) {
    const auto refused = error_of(f.start(groups));
    CHECK(refused.code == ec::invalid_configuration);
    CHECK_THAT(refused.message, ContainsSubstring(f.file().string()));
    CHECK(f.content() == before);
  }
}

TEST_CASE("keyed shards that nobody names any more are told", "[keyed][node]") {
  folder_of_nodes f;
  must(f.start({bank(), book()}))->stop();
  CHECK(f.reports.empty());
  must(f.start({book()}))->stop();
  REQUIRE(f.reports.size() == 1);
  CHECK(f.reports[0].second == severity::warning);
  CHECK_THAT(f.reports[0].first.message,
             ContainsSubstring("<<\"bank\">>") && ContainsSubstring(f.file().string()));
}

TEST_CASE("a node without keyed shards makes no list of them", "[keyed][node]") {
  folder_of_nodes f;
  must(f.start({}))->stop();
  CHECK_FALSE(fs::exists(sqlite::keyed_list_file(f.folder())));
}

TEST_CASE("a start that is refused for a mistake with keyed shards changes nothing",
          "[keyed][node]") {
  folder_of_nodes f;
  const auto begin_new = [&](std::vector<keyed_group> groups) {
    const auto refused = error_of(f.start(std::move(groups)));
    CHECK_FALSE(fs::exists(f.folder()));
    return refused.code;
  };
  // Known without a look at the store.
  CHECK(begin_new({bank(), {"ledger", routing_strategy::modulo, {}, {}}}) == ec::invalid_argument);
  CHECK(begin_new({bank(), {"ledger", routing_strategy::ring, {{a, {}}, {a, {}}}, {}}})
        == ec::invalid_argument);
  CHECK(begin_new({bank(), {"ledger", routing_strategy::rendezvous, {{a, term{1}}}, {}}})
        == ec::invalid_argument);
  CHECK(begin_new({{"bank", routing_strategy::one_per_key, {{a, {}}, {a, {}}}, {}}})
        == ec::invalid_argument);

  must(f.start({book()}))->stop();
  const auto before = f.content();
  auto changed = book();
  SECTION("another strategy") { changed.strategy = routing_strategy::ring; }
  SECTION("another schema") { changed.schema.pop_back(); }
  // The new one comes first, and the number of shards is another one.
  CHECK_FALSE(f.start({bank(), changed}, 5));
  CHECK(f.content() == before);
}

TEST_CASE("a copy in the place of another's file is refused, and nothing stays of that",
          "[keyed][node]") {
  folder_of_nodes f;
  must(f.start({bank()}))->stop();
  const auto copy = sqlite::keyed_file(f.folder(), "ledger");
  fs::copy_file(f.file(), copy);
  const auto before = f.content();
  const auto refused = error_of(f.start({bank(), book()}));
  CHECK(refused.code == ec::invalid_configuration);
  CHECK_THAT(refused.message, ContainsSubstring(copy.string()));
  CHECK(f.content() == before);
  fs::remove(copy);
  must(f.start({bank()}))->stop();
  must(f.start({bank(), book()}))->stop();
}

TEST_CASE("a start checks all given stores of cells before it writes to one", "[keyed][node]") {
  make_types_known();
  caf::actor_system_config config;
  caf::actor_system system{config};
  std::map<term, std::shared_ptr<memory_cell_contents>> contents;
  for (const auto* id : {"bank", "ledger"})
    contents[id] = std::make_shared<memory_cell_contents>();
  contents["ledger"]->strategy = "ring";
  node_options options;
  options.store_dir.reset();
  options.keyed_shards = {bank(), book()};
  options.open_cells = [&](const term& id) -> result<std::unique_ptr<cell_store>> {
    return std::make_unique<memory_cell_store>(id, contents.at(id));
  };
  CHECK(error_code_of(node::start(system, std::move(options))) == ec::invalid_configuration);
  CHECK(contents["bank"]->shards.empty());
}

TEST_CASE("a store stays locked until the last one who may write to it has ended",
          "[keyed][node]") {
  const test::temporary_folder parent;
  node_options options;
  options.store_dir = parent / "store";
  options.distribution_factor = 1;
  must(sqlite::prepare_folder(*options.store_dir, 1));
  must(sqlite::prepare_keyed_list(*options.store_dir));
  const auto is_locked = [&] { return store_lock::holder(*options.store_dir).has_value(); };
  auto use = std::make_shared<store_use>(must(store_lock::acquire(*options.store_dir)));
  store_opener shard{options, 1, use};
  const auto keyed = keyed_options(options, bank(), std::make_shared<name_table>(), use);

  SECTION("a shard") {
    auto store = must(shard.open());
    CHECK_FALSE(use->close(0ms));
    CHECK(is_locked());
    CHECK(store->models()); // and can be used
    store.reset();
  }
  SECTION("a keeper of keyed shards") {
    auto store = must(keyed.open_store());
    CHECK_FALSE(use->close(0ms));
    CHECK(is_locked());
    must(store->add_to_key_map({b, {}}));
    store.reset();
  }
  SECTION("nobody") { CHECK(use->close(0ms)); }
  CHECK_FALSE(is_locked());
  CHECK(use->close(0ms));
  // Whoever comes later has lost the right.
  CHECK(error_code_of(shard.open()) == ec::unavailable);
  CHECK(error_code_of(keyed.open_store()) == ec::unavailable);
  CHECK_FALSE(is_locked());
}

TEST_CASE("a stopped node leaves its store to the next one, whatever handles there are",
          "[keyed][node]") {
  folder_of_nodes f;
  auto first = must(f.start({bank()}));
  const auto handle = first->keyed().at(0);
  first->stop();
  auto second = must(f.start({bank()}));
  CHECK(must(second->keyed().at(0).read(a, 1)) == term{1});
  CHECK(f.reports.empty());
}
