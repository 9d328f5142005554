#include "test/support/fault_vfs.hpp"

#include "persistence/sqlite/database.hpp"
#include "test/support/results.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;
using namespace lockstep::test;

namespace {

/// A table of numbers on a disk with faults.
struct numbers {
  fault_disk disk;

  [[nodiscard]] sqlite::database open(const char* mode = "FULL") const {
    auto db = must(sqlite::database::open("numbers", sqlite::if_missing::create, disk.vfs()));
    db.clear_log_on_close(false);
    must(db.execute("PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS number (n)"));
    must(db.execute(("PRAGMA synchronous = " + std::string{mode}).c_str()));
    return db;
  }
  static result<void> add(sqlite::database& db) {
    return db.execute("INSERT INTO number VALUES (1)");
  }
  static std::int64_t count(sqlite::database& db) {
    return must(db.query_number("SELECT count(*) FROM number"));
  }
  std::int64_t count_after_power_cut() {
    disk.cut_power();
    disk.power_on();
    disk.mend();
    auto db = open();
    return count(db);
  }
};

} // namespace

TEST_CASE("what was committed with a sync survives a power cut", "[fault_vfs]") {
  numbers n;
  auto db = n.open();
  must(n.add(db));
  must(n.add(db));
  CHECK(n.count_after_power_cut() == 2);
}

TEST_CASE("what was committed without a sync is lost in a power cut", "[fault_vfs]") {
  numbers n;
  auto db = n.open();
  must(n.add(db));
  must(db.execute("PRAGMA synchronous = OFF"));
  must(n.add(db));
  CHECK(n.count(db) == 2);
  CHECK(n.count_after_power_cut() == 1);
}

TEST_CASE("without power nothing can be opened, and what was open is useless", "[fault_vfs]") {
  numbers n;
  auto db = n.open();
  n.disk.cut_power();
  CHECK_FALSE(n.add(db));
  CHECK_FALSE(sqlite::database::open("numbers", sqlite::if_missing::create, n.disk.vfs()));
  n.disk.power_on();
  CHECK_FALSE(n.add(db));
}

TEST_CASE("a write and a sync can fail, and later ones succeed", "[fault_vfs]") {
  numbers n;
  auto db = n.open();
  must(n.add(db));
  for (auto kind : {disk_operation::write, disk_operation::sync})
    for (auto fault : {disk_fault::fails, disk_fault::torn, disk_fault::late}) {
      n.disk.fail_all(kind, fault);
      CHECK(sqlite::leaves_doubt(error_of(n.add(db))));
      n.disk.mend();
      must(n.add(db));
    }
  CHECK(n.count(db) == 7);
}

TEST_CASE("what a failed sync did not write is not written by the next one", "[fault_vfs]") {
  numbers n;
  auto db = n.open();
  n.disk.fail_all(disk_operation::sync, disk_fault::fails);
  CHECK_FALSE(n.add(db));
  n.disk.mend();
  const auto log = n.disk.read("numbers-wal");
  CHECK(n.disk.read_durable("numbers-wal") != log);
  // the number is in the log, all the same, for whoever reads it anew
  db = must(sqlite::database::open("numbers", sqlite::if_missing::refuse, n.disk.vfs()));
  CHECK(n.count(db) == 1);
  SECTION("a checkpoint syncs in vain") {
    must(db.execute("PRAGMA wal_checkpoint(PASSIVE)"));
    CHECK(n.disk.read_durable("numbers-wal") != log);
  }
  SECTION("a log that is written again is durable") {
    must(db.rewrite_log());
    CHECK(n.disk.read("numbers-wal") == log);
    CHECK(n.disk.read_durable("numbers-wal") == log);
    CHECK(n.count_after_power_cut() == 1);
  }
}

TEST_CASE("a failed sync can leave what the disk has", "[fault_vfs]") {
  numbers n;
  n.disk.forget_after_failed_sync(true);
  auto db = n.open();
  n.disk.fail_all(disk_operation::sync, disk_fault::fails);
  CHECK_FALSE(n.add(db));
  n.disk.mend();
  db = must(sqlite::database::open("numbers", sqlite::if_missing::refuse, n.disk.vfs()));
  CHECK(n.count(db) == 0);
}

TEST_CASE("a full disk refuses, and takes more when there is space again", "[fault_vfs]") {
  numbers n;
  auto db = n.open();
  must(n.add(db));
  n.disk.limit_space(n.disk.used() + 100);
  const auto refused = error_of(n.add(db));
  CHECK_FALSE(sqlite::leaves_doubt(refused));
  CHECK(n.count(db) == 1);
  n.disk.limit_space(std::nullopt);
  must(n.add(db));
  CHECK(n.count_after_power_cut() == 2);
}

TEST_CASE("a file that was removed may be back after a power cut", "[fault_vfs]") {
  numbers n;
  {
    auto db = n.open();
    must(n.add(db));
    db.clear_log_on_close(true);
  }
  CHECK_FALSE(n.disk.has("numbers-wal"));
  n.disk.cut_power();
  CHECK(n.disk.has("numbers-wal"));
  CHECK(n.count_after_power_cut() == 1);
}

TEST_CASE("a connection that is closed can leave the log as it is", "[fault_vfs]") {
  numbers n;
  {
    auto db = n.open();
    must(n.add(db));
  }
  CHECK(n.disk.has("numbers-wal"));
  CHECK(n.count_after_power_cut() == 1);
}

TEST_CASE("two connections see each other's locks and changes", "[fault_vfs]") {
  numbers n;
  auto first = n.open();
  auto second = n.open();
  must(first.execute("BEGIN IMMEDIATE"));
  const auto busy = error_of(second.execute("BEGIN IMMEDIATE"));
  CHECK_FALSE(sqlite::leaves_doubt(busy));
  must(n.add(first));
  CHECK(n.count(second) == 0);
  must(first.execute("COMMIT"));
  CHECK(n.count(second) == 1);
  must(n.add(second));
  CHECK(n.count(first) == 2);
}
