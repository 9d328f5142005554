#include "persistence/sqlite/store_folder.hpp"

#include "persistence/sqlite/store_check.hpp"
#include "test/support/divided_folder.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <filesystem>
#include <fstream>
#include <string>

using namespace lockstep;
using namespace lockstep::test;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

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
  CHECK_FALSE(fs::exists(s.file(3).string() + "-shm")); // which nobody would close
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
