#include "persistence/sqlite/store_folder.hpp"

#include "persistence/sqlite/store_check.hpp"
#include "test/support/divided_folder.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <filesystem>
#include <fstream>
#include <map>

using namespace lockstep;
using namespace lockstep::test;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

using files = std::map<std::uint32_t, fs::path>;

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
    const auto moved = must(sqlite::prepare_folder(folder.path(), layout, [&](std::uint64_t count) {
      told = count;
      return true;
    }));
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
