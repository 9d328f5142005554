#include "persistence/sqlite/sqlite_store.hpp"

#include "test/support/divided_folder.hpp"
#include "test/support/stores.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <vector>

using namespace lockstep;
using namespace lockstep::test;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

/// Makes a store what version 1 wrote.
void make_version_1(const fs::path& file) {
  execute(file, "UPDATE instance SET (steps, state, last_step_at) = (s.number, s.state, s.at) "
                "FROM (SELECT instance, max(number) AS number, state, at FROM step "
                "GROUP BY instance) s WHERE s.instance = id; "
                "ALTER TABLE store DROP COLUMN settled; "
                "ALTER TABLE store DROP COLUMN sweep_from; ALTER TABLE store DROP COLUMN swept; "
                "DELETE FROM operation WHERE identifier IS "
                "NOT NULL; DROP TABLE departed; "
                "DROP TABLE specification; DROP TABLE quarantine; DROP INDEX operation_at; "
                "ALTER TABLE operation DROP COLUMN identifier; "
                "ALTER TABLE operation DROP COLUMN answered; "
                "ALTER TABLE store DROP COLUMN commits; ALTER TABLE store DROP COLUMN routing; "
                "ALTER TABLE instance DROP COLUMN last_step; "
                "DROP INDEX step_deviation; ALTER TABLE step RENAME TO newer; "
                "CREATE TABLE step (instance, number, action, state, at, verdict, "
                "PRIMARY KEY (instance, number)) WITHOUT ROWID; INSERT INTO step SELECT instance, "
                "number, action, state, at, verdict FROM newer; DROP TABLE newer; "
                "CREATE INDEX step_deviation ON step (instance, number) WHERE verdict >= 2; "
                "PRAGMA user_version = 1");
}

} // namespace

// -- opening for reading -------------------------------------------------------------------------

TEST_CASE("a store that is opened for reading shows all and takes nothing", "[folder]") {
  small_folder s;
  store_set stores;
  std::vector<std::unique_ptr<instance_store>> opened;
  for (const auto& [shard, file] : must(sqlite::shard_files(s.folder.path()))) {
    opened.push_back(must(sqlite::open_store_for_reading(file)));
    stores[shard] = opened.back().get();
  }
  const auto shard = modulo_shard(term{"order-0"}, 4);
  CHECK(must(stores.at(shard)->find("order-0")));
  CHECK(must(stores.at(shard)->last_instance()) > 0);
  CHECK(must(stores.at(shard)->specifications()).size() <= 2);
  const auto refused = error_of(stores.at(shard)->commit({put("order-9")}));
  CHECK(refused.code == ec::store_failure);
  CHECK_THAT(refused.message, ContainsSubstring("readonly"));
  CHECK_FALSE(must(stores.at(shard)->find("order-9")));
}

TEST_CASE("a store can be read while a node uses it", "[folder]") {
  small_folder s;
  auto used = must(sqlite::open_store(s.file(1), {1, 4}));
  auto read = must(sqlite::open_store_for_reading(s.file(1)));
  must(used->commit({put("order-9")}));
  CHECK(must(read->find("order-9")));
  must(used->commit({append("order-9", 1, "a new action", "a new state")})); // its row lags
  const auto found = must(read->find("order-9"));
  REQUIRE(found);
  CHECK(found->head.step_count == 1);
  CHECK(found->head.current_state == "a new state");
  CHECK(must(read->history("order-9")).size() == 1);
  read.reset();
  must(used->commit({put("order-10")}));
}

TEST_CASE("what cannot be opened for reading says what to do, and is left as it was", "[folder]") {
  small_folder s;
  CHECK(error_code_of(sqlite::open_store_for_reading(s.folder / "shard-9.sqlite"))
        == ec::store_failure);
  CHECK_FALSE(fs::exists(s.folder / "shard-9.sqlite"));

  std::ofstream{s.folder / "shard-8.sqlite"};
  CHECK_THAT(error_of(sqlite::open_store_for_reading(s.folder / "shard-8.sqlite")).message,
             ContainsSubstring("is empty"));

  make_version_1(s.file(1));
  const auto old = error_of(sqlite::open_store_for_reading(s.file(1)));
  CHECK_THAT(old.message, ContainsSubstring("start the node once to bring it up to date"));
  auto db = must(sqlite::database::open(s.file(1)));
  CHECK(must(sqlite::read_label(db)).version == 1);

  execute(s.file(2), "PRAGMA user_version = 99");
  CHECK(error_code_of(sqlite::open_store_for_reading(s.file(2))) == ec::store_too_new);

  execute(s.file(3), "PRAGMA journal_mode = DELETE");
  auto read = must(sqlite::open_store_for_reading(s.file(3)));
  CHECK_FALSE(fs::exists(s.file(3).string() + "-wal"));
}
// -- files of older versions ----------------------------------------------------------------------

TEST_CASE("stores of version 1 are redistributed with the operations that have no owner",
          "[folder]") {
  small_folder s;
  for (std::uint32_t shard = 1; shard <= 4; ++shard)
    make_version_1(s.file(shard));
  s.all.specifications.clear();
  s.all.quarantined.clear();
  std::erase_if(s.all.operations, [](const auto& one) { return one.second.recorded.identifier; });
  CHECK(must(sqlite::prepare_folder(s.folder.path(), 4)) == std::nullopt);
  CHECK(must(sqlite::prepare_folder(s.folder.path(), 3)).has_value());
  CHECK(difference_in(s.folder.path(), s.all, 3) == "");
}

TEST_CASE("stores of version 1 keep their instances and histories", "[folder]") {
  temporary_folder folder;
  auto all = some_orders(60);
  fill(folder.path(), all, 2);
  for (std::uint32_t shard = 1; shard <= 2; ++shard)
    make_version_1(sqlite::shard_file(folder.path(), shard));
  all.specifications.clear();
  all.quarantined.clear();
  std::erase_if(all.operations, [](const auto& one) { return one.second.recorded.identifier; });
  CHECK(must(sqlite::prepare_folder(folder.path(), 2)) == std::nullopt);
  CHECK(difference_in(folder.path(), all, 2) == "");
}
