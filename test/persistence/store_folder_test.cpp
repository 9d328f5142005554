#include "persistence/sqlite/store_folder.hpp"

#include "persistence/sqlite/database.hpp"
#include "persistence/sqlite/schema.hpp"
#include "persistence/sqlite/sqlite_store.hpp"
#include "persistence/sqlite/store_check.hpp"
#include "test/support/results.hpp"
#include "test/support/store_contents.hpp"
#include "test/support/temporary_folder.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <rapidcheck.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>

#include <sys/wait.h>
#include <unistd.h>

using namespace lockstep;
using namespace lockstep::test;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

shard_layout by_rendezvous(std::uint32_t shards) { return {shards, routing_strategy::rendezvous}; }

using files = std::map<std::uint32_t, fs::path>;

/// The stores of a folder, open.
class open_folder {
public:
  open_folder(const fs::path& folder, shard_layout layout) {
    for (std::uint32_t shard = 1; shard <= layout.shards; ++shard) {
      opened_.push_back(must(sqlite::open_store(sqlite::shard_file(folder, shard),
                                                {shard, layout.shards, layout.routing})));
      stores[shard] = opened_.back().get();
    }
  }
  store_set stores;

private:
  std::vector<std::unique_ptr<instance_store>> opened_;
};

void fill(const fs::path& folder, const store_contents& all, shard_layout layout) {
  must(sqlite::prepare_folder(folder, layout));
  open_folder open{folder, layout};
  for (const auto& [shard, changes] : divide(all, layout))
    must(open.stores.at(shard)->commit(changes));
  // what each shard is to know, it knows from now on
  must(redistribute(open.stores, layout.shards,
                    [&](const term& identifier) { return layout.shard_of(identifier); }));
}

/// What is wrong with a folder that is to hold this and nothing else; empty if nothing is.
std::string difference_in(const fs::path& folder, const store_contents& all, shard_layout layout) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& file : fs::directory_iterator{folder})
    ++count;
  if (count != layout.shards)
    return std::to_string(count) + " files instead of " + std::to_string(layout.shards);
  return difference(all, open_folder{folder, layout}.stores, layout);
}

/// A copy of a folder that nobody has open; a killed process may have left any files.
class copied_folder {
public:
  explicit copied_folder(const fs::path& from) {
    fs::copy(from, folder_.path(), fs::copy_options::recursive);
  }
  [[nodiscard]] const fs::path& path() const { return folder_.path(); }

private:
  temporary_folder folder_;
};

// -- a process that is killed at a commit

/// How long a process lives: it is killed just before the commit after so many of them, or as it
/// opens a connection after so many.
struct life {
  int commits = std::numeric_limits<int>::max();
  int connections = std::numeric_limits<int>::max();
};

constexpr int killed = 77;
life left;

int count_commit(void*) {
  if (left.commits-- == 0)
    ::_exit(killed);
  return 0;
}

int count_connection(sqlite3* db, const char**, const void*) {
  if (left.connections-- == 0)
    ::_exit(killed);
  sqlite3_commit_hook(db, count_commit, nullptr);
  return SQLITE_OK;
}

/// Prepares a folder in a process of its own. @returns whether it came through alive.
bool prepare_in_mortal_process(const fs::path& folder, shard_layout layout, life given) {
  const auto child = ::fork();
  if (child == 0) {
    left = given;
    // SQLite declares another signature than the one it calls.
    (void)sqlite3_auto_extension(reinterpret_cast<void (*)()>(count_connection));
    ::_exit(sqlite::prepare_folder(folder, layout) ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  REQUIRE((WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == killed));
  return WEXITSTATUS(status) == 0;
}

// -- single files

void execute(const fs::path& file, const std::string& sql) {
  must(must(sqlite::database::open(file)).execute(sql.c_str()));
}

std::int64_t division_of(const fs::path& folder, std::uint32_t shard) {
  auto db = must(sqlite::database::open(sqlite::shard_file(folder, shard)));
  return must(sqlite::read_label(db)).division;
}

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
                "ALTER TABLE store DROP COLUMN commits; ALTER TABLE store DROP COLUMN routing; "
                "ALTER TABLE instance DROP COLUMN last_step; "
                "DROP INDEX step_deviation; ALTER TABLE step RENAME TO newer; "
                "CREATE TABLE step (instance, number, action, state, at, verdict, "
                "PRIMARY KEY (instance, number)) WITHOUT ROWID; INSERT INTO step SELECT instance, "
                "number, action, state, at, verdict FROM newer; DROP TABLE newer; "
                "CREATE INDEX step_deviation ON step (instance, number) WHERE verdict >= 2; "
                "PRAGMA user_version = 1");
}

/// A folder with two orders in four stores.
struct small_folder {
  temporary_folder folder;
  store_contents all = some_orders(2);

  small_folder() { fill(folder.path(), all, 4); }
  [[nodiscard]] fs::path file(std::uint32_t shard) const {
    return sqlite::shard_file(folder.path(), shard);
  }
};

} // namespace

TEST_CASE("a new folder gets a file for each shard", "[folder]") {
  temporary_folder parent;
  const auto folder = parent / "a" / "b";
  CHECK(must(sqlite::shard_files(folder)).empty());
  CHECK(must(sqlite::prepare_folder(folder, 3)) == std::nullopt);
  CHECK(must(sqlite::shard_files(folder))
        == files{{1, folder / "shard-1.sqlite"},
                 {2, folder / "shard-2.sqlite"},
                 {3, folder / "shard-3.sqlite"}});
  CHECK(difference_in(folder, {}, 3) == "");
  CHECK(must(sqlite::prepare_folder(folder, 3)) == std::nullopt);
}

TEST_CASE("only files with a shard's name count as stores", "[folder]") {
  temporary_folder folder;
  for (const auto* name : {"shard-1.sqlite", "shard-12.sqlite", "shard-0.sqlite", "shard-01.sqlite",
                           "shard-.sqlite", "shard-1.sqlite-wal", "shard-1a.sqlite", "shard-.sqlit",
                           "shard-99999999999.sqlite", "shard--1.sqlite", "lock"})
    std::ofstream{folder / name};
  CHECK(must(sqlite::shard_files(folder.path()))
        == files{{1, folder / "shard-1.sqlite"}, {12, folder / "shard-12.sqlite"}});
  CHECK(error_code_of(sqlite::shard_files(folder / "lock")) == ec::store_failure);
}

TEST_CASE("a folder keeps all it holds through changes of its division", "[folder]") {
  const auto all = some_orders(100);
  temporary_folder folder;
  fill(folder.path(), all, 4);
  shard_layout before{4};
  for (const auto& layout : {shard_layout{5}, shard_layout{2}, shard_layout{2}, by_rendezvous(2),
                             by_rendezvous(8), by_rendezvous(8), by_rendezvous(9), shard_layout{9},
                             by_rendezvous(1), shard_layout{1}, shard_layout{3}}) {
    INFO(before << " -> " << layout);
    std::uint64_t told = 0;
    const auto moved = must(
        sqlite::prepare_folder(folder.path(), layout, [&](std::uint64_t count) { told = count; }));
    CHECK(moved.has_value() == (layout != before));
    if (moved) {
      CHECK(moved->instances == movers(all, before, layout));
      CHECK(told >= all.instances.size());
    }
    REQUIRE(difference_in(folder.path(), all, layout) == "");
    CHECK(must(sqlite::layout_of_store(folder.path())) == layout);
    for (const auto& one : must(sqlite::check_store(folder.path())).findings)
      CHECK_THAT(one.message, !ContainsSubstring("belongs to shard"));
    before = layout;
  }
}

TEST_CASE("with rendezvous a ninth shard gets a ninth of the instances", "[folder]") {
  const auto all = some_orders(900);
  temporary_folder folder;
  fill(folder.path(), all, by_rendezvous(8));
  const auto moved = must(sqlite::prepare_folder(folder.path(), by_rendezvous(9)));
  REQUIRE(moved);
  CHECK(moved->instances > 75);
  CHECK(moved->instances < 125);
  CHECK(difference_in(folder.path(), all, by_rendezvous(9)) == "");
}

TEST_CASE("files that are divided by different strategies are an error, and are left as they were",
          "[folder]") {
  small_folder s;
  temporary_folder other;
  fill(other.path(), s.all, by_rendezvous(4));
  fs::remove(s.file(3));
  fs::copy_file(other / "shard-3.sqlite", s.file(3));
  for (const auto& layout : {shard_layout{4}, by_rendezvous(4), shard_layout{5}}) {
    const auto refused = error_of(sqlite::prepare_folder(s.folder.path(), layout));
    CHECK(refused.code == ec::invalid_configuration);
    CHECK_THAT(refused.message, ContainsSubstring(s.file(3).string()));
  }
  CHECK(division_of(s.folder.path(), 1) == 4);
}

TEST_CASE("a store whose layout is on its way has none", "[folder]") {
  small_folder s;
  execute(s.file(2), "UPDATE store SET distribution_factor = -4");
  CHECK_THAT(error_of(sqlite::layout_of_store(s.folder.path())).message,
             ContainsSubstring("being redistributed"));
  CHECK(error_code_of(sqlite::layout_of_store(s.folder / "nowhere")) == ec::invalid_configuration);
}

TEST_CASE("random contents survive random divisions and ends in SQLite, too", "[folder]") {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    rc::Random random{seed};
    const auto number = [&](std::uint64_t below) {
      return static_cast<std::uint32_t>(random.next() % below);
    };
    const auto all = some_orders(number(60));
    temporary_folder folder;
    const auto any_layout = [&] {
      const auto shards = 1 + number(6);
      return number(2) == 0 ? shard_layout{shards} : by_rendezvous(shards);
    };
    fill(folder.path(), all, any_layout());
    for (int i = 0; i < 4; ++i)
      (void)prepare_in_mortal_process(folder.path(), any_layout(),
                                      {.commits = static_cast<int>(number(25))});
    const auto last = any_layout();
    INFO("seed " << seed);
    must(sqlite::prepare_folder(folder.path(), last));
    REQUIRE(difference_in(folder.path(), all, last) == "");
  }
}

TEST_CASE("a redistribution that is killed is finished at the next start, with any division",
          "[folder]") {
  const auto all = some_orders(12);
  struct way {
    shard_layout from, to, third;
  };
  for (auto [from, to, third] : {way{2, by_rendezvous(2), 3}, way{by_rendezvous(3), 2, 4}}) {
    temporary_folder folder;
    fill(folder.path(), all, from);
    for (int commits = 0;; ++commits) {
      copied_folder once{folder.path()};
      if (prepare_in_mortal_process(once.path(), to, {.commits = commits})) {
        CHECK(commits > 10);
        break;
      }
      for (auto next : {to, from, third}) {
        INFO(from << " -> " << to << ", killed after " << commits << " commits, then " << next);
        copied_folder again{once.path()};
        must(sqlite::prepare_folder(again.path(), next));
        REQUIRE(difference_in(again.path(), all, next) == "");
      }
    }
  }
}

TEST_CASE("killed between two files, also while it removes them, it is finished at the next start",
          "[folder]") {
  const small_folder s;
  for (int connections = 0;; ++connections) {
    copied_folder once{s.folder.path()};
    if (prepare_in_mortal_process(once.path(), 1, {.connections = connections})) {
      CHECK(connections > 15);
      break;
    }
    for (std::uint32_t next : {1, 4}) {
      INFO("killed after " << connections << " connections, then " << next);
      copied_folder again{once.path()};
      must(sqlite::prepare_folder(again.path(), next));
      REQUIRE(difference_in(again.path(), s.all, next) == "");
    }
  }
}

TEST_CASE("a first start that is killed is no loss of files, with any division", "[folder]") {
  for (int commits = 0;; ++commits) {
    temporary_folder folder;
    if (prepare_in_mortal_process(folder.path(), by_rendezvous(3), {.commits = commits})) {
      CHECK(commits >= 6); // each file is made and labelled
      break;
    }
    for (const auto& next : {by_rendezvous(3), shard_layout{3}, shard_layout{1}, shard_layout{5}}) {
      INFO("killed after " << commits << " commits, then " << next);
      copied_folder again{folder.path()};
      must(sqlite::prepare_folder(again.path(), next));
      REQUIRE(difference_in(again.path(), {}, next) == "");
    }
  }
}

TEST_CASE("files that a redistribution had no time to remove are removed", "[folder]") {
  for (std::uint32_t next : {4, 2, 6, 7, 9}) {
    small_folder s;
    // of a division into seven, the fifth is gone already
    for (std::uint32_t left : {6, 7}) {
      auto db = must(sqlite::database::open(s.file(left)));
      must(sqlite::update_schema(db, left, 0));
    }
    INFO(next);
    const auto moved = must(sqlite::prepare_folder(s.folder.path(), next));
    CHECK(moved.has_value() == (next != 4));
    CHECK(difference_in(s.folder.path(), s.all, next) == "");
  }
}

TEST_CASE("a file that still has instances is never removed", "[folder]") {
  small_folder s;
  {
    auto db = must(sqlite::database::open(s.file(5)));
    must(sqlite::update_schema(db, 5, 5));
  }
  must(must(sqlite::open_store(s.file(5), {5, 5}))->commit({put("order-9")}));
  execute(s.file(5), "UPDATE store SET distribution_factor = 0");
  const auto refused = error_of(sqlite::prepare_folder(s.folder.path(), 4));
  CHECK(refused.code == ec::store_failure);
  CHECK_THAT(refused.message, ContainsSubstring(s.file(5).string()));
  CHECK(fs::exists(s.file(5)));
}

TEST_CASE("what the log of a removed file left does not get into a new one", "[folder]") {
  small_folder s;
  must(sqlite::prepare_folder(s.folder.path(), 3));
  for (const auto* part : {"-wal", "-shm"}) {
    auto left = s.file(4);
    left += part;
    fs::copy_file(s.file(1), left);
  }
  must(sqlite::prepare_folder(s.folder.path(), 4));
  CHECK(difference_in(s.folder.path(), s.all, 4) == "");
}

TEST_CASE("a missing file is an error, whatever the division", "[folder]") {
  for (std::uint32_t missing : {1, 2, 4})
    for (std::uint32_t factor : {4, 2, 6}) {
      small_folder s;
      fs::remove(s.file(missing));
      const auto refused = error_of(sqlite::prepare_folder(s.folder.path(), factor));
      CHECK(refused.code == ec::invalid_configuration);
      CHECK_THAT(refused.message, ContainsSubstring(s.file(missing).string() + " is missing"));
      CHECK_FALSE(fs::exists(s.file(missing)));
    }
}

TEST_CASE("a file that was emptied is an error", "[folder]") {
  small_folder s;
  fs::resize_file(s.file(3), 0);
  const auto refused = error_of(sqlite::prepare_folder(s.folder.path(), 4));
  CHECK(refused.code == ec::invalid_configuration);
  CHECK_THAT(refused.message, ContainsSubstring(s.file(3).string() + " is empty"));
}

TEST_CASE("files under each other's names are an error, and are left as they were", "[folder]") {
  small_folder s;
  fs::rename(s.file(1), s.folder / "other");
  fs::rename(s.file(2), s.file(1));
  fs::rename(s.folder / "other", s.file(2));
  for (std::uint32_t factor : {4, 5}) {
    const auto refused = error_of(sqlite::prepare_folder(s.folder.path(), factor));
    CHECK(refused.code == ec::invalid_configuration);
    CHECK_THAT(refused.message, ContainsSubstring("shard 2, not of shard 1"));
  }
  CHECK(division_of(s.folder.path(), 3) == 4);
}

TEST_CASE("files of different divisions are an error, and are left as they were", "[folder]") {
  small_folder s;
  temporary_folder other;
  fill(other.path(), {}, 5);
  fs::copy_file(other / "shard-5.sqlite", s.file(5));
  const auto refused = error_of(sqlite::prepare_folder(s.folder.path(), 4));
  CHECK(refused.code == ec::invalid_configuration);
  CHECK_THAT(refused.message, ContainsSubstring(s.file(5).string()));
  CHECK(division_of(s.folder.path(), 1) == 4);
}

TEST_CASE("a file that is no store is an error, wherever it is", "[folder]") {
  for (std::uint32_t shard : {2, 5}) {
    small_folder s;
    std::ofstream{s.file(shard), std::ios::trunc} << std::string(10'000, 'x');
    const auto refused = error_of(sqlite::prepare_folder(s.folder.path(), 3));
    CHECK(refused.code == ec::store_failure);
    CHECK_THAT(refused.message, ContainsSubstring(s.file(shard).string()));
    CHECK(division_of(s.folder.path(), 1) == 4);
  }
}

TEST_CASE("a store of a newer version is refused before anything is changed", "[folder]") {
  small_folder s;
  execute(s.file(4), "PRAGMA user_version = 99");
  CHECK(error_code_of(sqlite::prepare_folder(s.folder.path(), 5)) == ec::store_too_new);
  CHECK(must(sqlite::shard_files(s.folder.path())).size() == 4);
  CHECK(division_of(s.folder.path(), 1) == 4);
}

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

TEST_CASE("a redistribution that fails says that it can go on, and does", "[folder]") {
  const auto all = some_orders(100);
  temporary_folder folder;
  fill(folder.path(), all, 2);
  const auto second = sqlite::shard_file(folder.path(), 2);
  execute(second, "CREATE TRIGGER refuse BEFORE DELETE ON instance "
                  "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END");
  const auto failed = error_of(sqlite::prepare_folder(folder.path(), 3));
  CHECK(failed.code == ec::store_failure);
  CHECK_THAT(failed.message, ContainsSubstring("the disk is full"));
  CHECK_THAT(failed.message, ContainsSubstring("start again"));
  CHECK(division_of(folder.path(), 1) == -3);
  CHECK(error_code_of(sqlite::open_store(second, {2, 3})) == ec::invalid_configuration);
  CHECK(error_code_of(sqlite::open_store(second, {2, 2})) == ec::invalid_configuration);
  CHECK_THAT(error_of(sqlite::open_store_for_reading(second)).message,
             ContainsSubstring("being redistributed"));

  execute(second, "DROP TRIGGER refuse");
  CHECK(must(sqlite::prepare_folder(folder.path(), 3)).has_value());
  CHECK(difference_in(folder.path(), all, 3) == "");
}

// -- opening for reading

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
