#include "persistence/sqlite/store_backup.hpp"

#include "persistence/sqlite/store_compaction.hpp"
#include "persistence/store_lock.hpp"
#include "test/support/full_store.hpp"
#include "test/support/kept_from_writing.hpp"
#include "test/support/stores.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

using namespace lockstep;
using namespace lockstep::test;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

TEST_CASE("a backup is a store with the same content", "[store_backup]") {
  full_store s;
  const auto target = s.parent / "backups" / "first";
  CHECK(instances_in(must(sqlite::back_up_store(s.folder, target))) == 60);
  CHECK_FALSE(fs::exists(s.parent / "backups" / "first.incomplete"));
  CHECK(must(sqlite::check_store(target)).findings.empty());
  CHECK_FALSE(must(sqlite::prepare_folder(target, full_store::factor))); // complete as it is
  for (std::uint32_t shard = 1; shard <= full_store::factor; ++shard) {
    auto copy = must(sqlite::open_store(sqlite::shard_file(target, shard),
                                        store_identity{shard, full_store::factor}));
    CHECK(must(copy->count_by_state()) == must(s.open(shard)->count_by_state()));
    CHECK(must(copy->models()) == must(s.open(shard)->models()));
    CHECK(must(deadlines_of(*copy)) == must(deadlines_of(*s.open(shard))));
  }
}

TEST_CASE("a backup has what was stored when it began, whatever comes meanwhile",
          "[store_backup]") {
  full_store s;
  const auto lock = must(store_lock::acquire(s.folder)); // as a node has it
  const auto store = s.open(3);
  const auto late = full_store::order_of(3);
  bool written = false;
  const auto write = [&](std::uint64_t, std::uint64_t) {
    if (!std::exchange(written, true))
      must(store->commit({put(late), append(late, 1, "init", "new")}));
  };
  const auto copied = must(sqlite::back_up_store(s.folder, s.parent / "copy", write));
  REQUIRE(written);
  CHECK(instances_in(copied) == 60);
  CHECK(instances_in(must(sqlite::check_store(s.folder))) == 61);
}

TEST_CASE("a backup takes the place of nothing but an empty folder", "[store_backup]") {
  full_store s;
  const auto target = s.parent / "copy";
  fs::create_directory(target);
  must(sqlite::back_up_store(s.folder, target / ""));
  CHECK(error_code_of(sqlite::back_up_store(s.folder, target)) == ec::invalid_configuration);
  CHECK(error_code_of(sqlite::back_up_store(s.folder, s.folder)) == ec::invalid_configuration);
  std::ofstream{s.parent / "file"} << "mine";
  CHECK(error_code_of(sqlite::back_up_store(s.folder, s.parent / "file"))
        == ec::invalid_configuration);
}

TEST_CASE("a backup needs a name", "[store_backup]") {
  full_store s;
  const auto refused = error_of(sqlite::back_up_store(s.folder, ""));
  CHECK(refused.code == ec::invalid_configuration);
  CHECK_THAT(refused.message, ContainsSubstring("FOLDER is empty"));
}

TEST_CASE("a backup that was killed is made anew, and never taken for one", "[store_backup]") {
  full_store s;
  const auto target = s.parent / "copy";
  const auto incomplete = s.parent / "copy.incomplete";
  fs::create_directory(incomplete);
  fs::copy(s.file(1), sqlite::shard_file(incomplete, 1));
  std::ofstream{sqlite::shard_file(incomplete, 7)} << "half";
  CHECK(instances_in(must(sqlite::back_up_store(s.folder, target))) == 60);
  CHECK_FALSE(fs::exists(sqlite::shard_file(target, 7)));
  CHECK_FALSE(fs::exists(incomplete));
}

TEST_CASE("files that no backup wrote are left alone", "[store_backup]") {
  full_store s;
  fs::create_directory(s.parent / "copy.incomplete");
  std::ofstream{s.parent / "copy.incomplete" / "letters"} << "mine";
  const auto refused = error_of(sqlite::back_up_store(s.folder, s.parent / "copy"));
  CHECK_THAT(refused.message, ContainsSubstring("letters"));
  CHECK(fs::exists(s.parent / "copy.incomplete" / "letters"));
}

TEST_CASE("two backups to one folder do not meet", "[store_backup]") {
  full_store s;
  const auto other = must(store_lock::acquire(s.parent / "copy.incomplete"));
  const auto refused = error_of(sqlite::back_up_store(s.folder, s.parent / "copy"));
  CHECK_THAT(refused.message, ContainsSubstring("process " + std::to_string(::getpid())));
}

TEST_CASE("of a store that is not whole no backup is made", "[store_backup]") {
  full_store s;
  SECTION("a file is missing") { fs::remove(s.file(2)); }
  SECTION("being redistributed") { s.tamper(3, "UPDATE store SET distribution_factor = -3"); }
  SECTION("an instance is not what it says") { s.tamper(1, "DELETE FROM step WHERE number = 2"); }
  CHECK_THAT(error_of(sqlite::back_up_store(s.folder, s.parent / "copy")).message,
             ContainsSubstring(s.folder.string()) && !ContainsSubstring(".incomplete"));
  CHECK_FALSE(fs::exists(s.parent / "copy"));
  CHECK_FALSE(fs::exists(s.parent / "copy.incomplete"));
}

TEST_CASE("a store that may only be read can be checked and backed up", "[store_backup]") {
  full_store s;
  temporary_folder elsewhere;
  fs::permissions(elsewhere.path(), fs::perms::all);
  const auto copied = [&] {
    const kept_from_writing kept{s.folder};
    CHECK(s.findings().empty());
    CHECK(must(sqlite::open_store_for_reading(s.file(1)))->count_by_state());
    CHECK_FALSE(sqlite::compact_store(s.folder));
    return instances_in(must(sqlite::back_up_store(s.folder, elsewhere / "copy")));
  };
  SECTION("closed") { CHECK(copied() == 60); }
  SECTION("in use") {
    const auto store = s.open(1);
    const auto late = full_store::order_of(1);
    must(store->commit({put(late), append(late, 1, "init", "new")}));
    CHECK(copied() == 61);
  }
  SECTION("left with a log by a process that was killed") {
    const auto store = s.open(1);
    const auto late = full_store::order_of(1);
    must(store->commit({put(late), append(late, 1, "init", "new")}));
    full_store killed;
    for (const auto* part : {"", "-wal", "-shm"})
      fs::copy_file(s.file(1).string() + part, killed.file(1).string() + part,
                    fs::copy_options::overwrite_existing);
    {
      const kept_from_writing kept{killed.folder};
      CHECK(killed.findings().empty());
      CHECK(instances_in(must(sqlite::check_store(killed.folder))) == 61);
    }
    fs::remove(killed.file(1).string() + "-shm");
    const kept_from_writing kept{killed.folder};
    CHECK_THAT(error_of(sqlite::back_up_store(killed.folder, elsewhere / "copy")).message,
               ContainsSubstring("write-ahead log"));
  }
}
