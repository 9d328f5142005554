/// Checking, backing up and compacting the files of keyed shards.

#include "persistence/cells/keyed_inventory.hpp"
#include "persistence/cells/keyed_list.hpp"
#include "persistence/cells/listed_cell_store.hpp"
#include "persistence/cells/sqlite_cell_store.hpp"
#include "persistence/sqlite/database.hpp"
#include "persistence/sqlite/store_backup.hpp"
#include "persistence/sqlite/store_check.hpp"
#include "persistence/sqlite/store_compaction.hpp"
#include "test/support/results.hpp"
#include "test/support/temporary_folder.hpp"
#include "test/support/term_generator.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <sqlite3.h>

using namespace lockstep;
using namespace lockstep::test;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

const term node_id = atom{"node"};
const shard_key a{{"a"}};
const shard_key b{{"b"}};

/// A store of one shard of instances and of two node_ids' keyed shards; closed.
struct keyed_folder {
  temporary_folder parent;
  fs::path folder = parent / "store";

  keyed_folder() {
    must(sqlite::prepare_folder(folder, 1));
    auto store = open();
    must(store->populate_key_map("modulo", {{a, "initial"}, {b, {}}}));
    must(
        store->commit({{a, reserve_slot{a, 1}}, {b, write_slot{a, 1, "v"}}, {b, set_marks{2, 1}}}));
    must(must(sqlite::open_cell_store(sqlite::keyed_file(folder, "other"), "other"))
             ->add_to_key_map({a, {}}));
  }

  [[nodiscard]] fs::path file() const { return sqlite::keyed_file(folder, node_id); }

  [[nodiscard]] std::unique_ptr<cell_store> open() const {
    return must(sqlite::open_cell_store(file(), node_id));
  }

  /// Changes the file behind everybody's back.
  void tamper(const char* sql) const { must(must(sqlite::database::open(file())).execute(sql)); }

  /// What is found, one after the other.
  [[nodiscard]] std::string findings() const {
    std::string text;
    for (const auto& one : must(sqlite::check_store(folder)).findings)
      text += one.message + "\n";
    return text;
  }
};

/// Does something while a file is being opened, by whomever, for the first time from now on.
class at_next_opening {
public:
  at_next_opening(const fs::path& file, std::function<void()> action) {
    awaited() = {file.filename(), std::move(action)};
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(&opened));
  }
  at_next_opening(const at_next_opening&) = delete;
  at_next_opening& operator=(const at_next_opening&) = delete;
  ~at_next_opening() {
    sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(&opened));
    awaited() = {};
  }

  static bool has_come() { return !awaited().second; }

private:
  static std::pair<fs::path, std::function<void()>>& awaited() {
    static std::pair<fs::path, std::function<void()>> what;
    return what;
  }

  static int opened(sqlite3* db, const char**, const sqlite3_api_routines*) {
    const auto* file = sqlite3_db_filename(db, "main");
    if (auto& [name, action] = awaited();
        action && file != nullptr && fs::path{file}.filename() == name)
      std::exchange(action, nullptr)();
    return SQLITE_OK;
  }
};

} // namespace

TEST_CASE("a node may make its first list while its store is looked at", "[keyed_care]") {
  const keyed_folder s;
  result<void> started;
  const at_next_opening race{s.file(), [&] {
                               started = sqlite::prepare_keyed_list(s.folder)
                                             .and_then([&] {
                                               return sqlite::open_listed_cell_stores(
                                                   s.folder, node_id)(nullptr);
                                             })
                                             .map([](const auto&) {});
                             }};
  SECTION("by a check") { CHECK(s.findings().empty()); }
  SECTION("by a backup") {
    must(sqlite::back_up_store(s.folder, s.parent / "copy"));
    CHECK(fs::exists(sqlite::keyed_list_file(s.parent / "copy")));
  }
  CHECK(at_next_opening::has_come());
  must(started);
}

TEST_CASE("a list of keyed shards that is only begun is none", "[keyed_care]") {
  const keyed_folder s;
  std::ofstream{sqlite::keyed_list_file(s.folder)}.flush();
  must(sqlite::back_up_store(s.folder, s.parent / "copy"));
  CHECK_FALSE(fs::exists(sqlite::keyed_list_file(s.parent / "copy")));
}

TEST_CASE("a check tells what the files of keyed shards have", "[keyed_care]") {
  const keyed_folder s;
  const auto store = s.open(); // in use
  const auto checked = must(sqlite::check_store(s.folder));
  CHECK(checked.findings.empty());
  REQUIRE(checked.keyed.size() == 2);
  CHECK(checked.keyed[0].node_id == term{"other"}); // <<"other">> comes first, as %3C
  const auto& file = checked.keyed[1];
  CHECK(file.node_id == node_id);
  CHECK(file.path == s.file());
  CHECK(file.bytes > 0);
  CHECK(file.shards == 2);
  CHECK(file.cells == 2);
  CHECK(file.versions == 2);
  CHECK(file.reservations == 1);
}

TEST_CASE("what is wrong with a file of keyed shards is found", "[keyed_care]") {
  const keyed_folder s;
  std::string told;
  SECTION("a slot of nobody") {
    s.tamper("INSERT INTO slot VALUES (77, x'6a', 1, NULL)");
    told = "has 1 slot of a shard that is not in the key map";
  }
  SECTION("heights that there are not") {
    s.tamper("UPDATE slot SET height = height - 10");
    told = "has 3 slots at heights that no cell has";
  }
  SECTION("a reservation that should have held what is below it") {
    s.tamper("UPDATE shard SET watermark = 9, horizon = 9");
    told = "has 1 reservation below what its shard keeps";
  }
  SECTION("marks the wrong way round") {
    s.tamper("UPDATE shard SET horizon = 9 WHERE watermark = 2");
    told = "has 1 shard that does not keep what is above its watermark";
  }
  SECTION("a call to nobody") {
    s.tamper("INSERT INTO call VALUES (77, 'id', 1, x'6a', 3)");
    told = "has 1 call to a shard that is not in the key map";
  }
  SECTION("calls that should be forgotten") {
    s.tamper("INSERT INTO call SELECT id, 'id', 4, x'', horizon - 1 FROM shard");
    told = "has 2 calls below what their shards keep";
  }
  SECTION("a call of no kind") {
    s.tamper("INSERT INTO call SELECT id, 'id', 9, x'', horizon FROM shard");
    told = "holds a damaged call at operation id \"id\" in shard [<<\"a\">>]";
  }
  SECTION("a value that is none") {
    s.tamper("UPDATE slot SET value = x'00' WHERE value IS NOT NULL");
    told = "holds a damaged value at height 0 of cell [<<\"a\">>] in shard [<<\"a\">>]";
  }
  SECTION("values of several shards") {
    s.tamper("UPDATE slot SET value = x'00' WHERE value IS NOT NULL");
    told = "holds a damaged value at height 1 of cell [<<\"a\">>] in shard [<<\"b\">>]";
  }
  SECTION("a cell that is none") {
    s.tamper("UPDATE slot SET cell = x'836101' WHERE height = 0");
    told = "holds a damaged key at shard [<<\"a\">>]";
  }
  SECTION("a shard that is none") {
    s.tamper("UPDATE shard SET key = x'00' WHERE id = 2");
    told = "holds a damaged key at row 2 of its key map";
  }
  SECTION("no table") {
    s.tamper("DROP TABLE slot");
    told = "lacks the table slot";
  }
  SECTION("no owner") {
    s.tamper("DELETE FROM store");
    told = "does not say whose keyed shards it has";
  }
  SECTION("another kind of file") {
    s.tamper("PRAGMA application_id = 7");
    told = "not a Lockstep store of keyed shards";
  }
  SECTION("a wrong name") {
    fs::rename(s.file(), sqlite::keyed_file(s.folder, atom{"third"}));
    told = "has the keyed shards of node, whose file is called node.sqlite";
  }
  SECTION("a damaged page") {
    std::fstream file{s.file(), std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(static_cast<std::streamoff>(fs::file_size(s.file())) / 2);
    file << std::string(4096, 'x');
    told = s.file().string();
  }
  CHECK_THAT(s.findings(), ContainsSubstring(told));
  CHECK_THAT(error_of(sqlite::back_up_store(s.folder, s.parent / "copy")).message,
             ContainsSubstring(s.folder.string()) && !ContainsSubstring(".incomplete"));
  CHECK_FALSE(fs::exists(s.parent / "copy"));
  CHECK_FALSE(fs::exists(s.parent / "copy.incomplete"));
}

TEST_CASE("a damage of the list of keyed shards is found that does not keep it from being read",
          "[keyed_care]") {
  const keyed_folder s;
  const auto list = sqlite::keyed_list_file(s.folder);
  must(sqlite::keyed_list::open(must(sqlite::database::open(list)),
                                {{node_id, {}, sqlite::keyed_file_state::found}}));
  must(must(sqlite::database::open(list)).execute("PRAGMA wal_checkpoint(TRUNCATE)"));
  REQUIRE(s.findings().empty());
  std::fstream file{list, std::ios::in | std::ios::out | std::ios::binary};
  constexpr int count_of_free_pages = 36; // in the header, four bytes
  file.seekp(count_of_free_pages);
  file.write("\0\0\0\7", 4);
  file.close();
  must(sqlite::take_inventory(s.folder));
  s.tamper("DROP TABLE slot");
  CHECK_THAT(s.findings(), ContainsSubstring(list.string() + " is damaged (")
                               && ContainsSubstring("restore the store from a backup")
                               && ContainsSubstring("lacks the table slot"));
  CHECK_THAT(error_of(sqlite::back_up_store(s.folder, s.parent / "copy")).message,
             ContainsSubstring("damaged"));
  CHECK_FALSE(fs::exists(s.parent / "copy"));
}

TEST_CASE("a file of keyed shards of a newer program is no finding", "[keyed_care]") {
  const keyed_folder s;
  s.tamper("PRAGMA user_version = 99");
  CHECK(error_code_of(sqlite::check_store(s.folder)) == ec::store_too_new);
  CHECK(error_code_of(sqlite::compact_store(s.folder)) == ec::store_too_new);
}

TEST_CASE("a file of keyed shards whose first start was not finished is no finding",
          "[keyed_care]") {
  const keyed_folder s;
  std::ofstream{sqlite::keyed_file(s.folder, atom{"third"})};
  CHECK(s.findings().empty());
  must(sqlite::back_up_store(s.folder, s.parent / "copy"));
  CHECK(must(sqlite::compact_store(s.folder)).size() == 4);
}

TEST_CASE("a backup has the keyed shards, too", "[keyed_care]") {
  const keyed_folder s;
  auto store = s.open();
  bool written = false;
  const auto write = [&](std::uint64_t, std::uint64_t) {
    if (!std::exchange(written, true))
      must(store->commit({{a, write_slot{a, 1, "late"}}}));
  };
  const auto before = must(store->load(a));
  const auto target = s.parent / "copy";
  const auto copied = must(sqlite::back_up_store(s.folder, target, write));
  REQUIRE(written);
  REQUIRE(copied.keyed.size() == 2);
  CHECK(copied.keyed[1].path == sqlite::keyed_file(target, node_id));
  auto copy = must(sqlite::open_cell_store(sqlite::keyed_file(target, node_id), node_id));
  CHECK(must(copy->shard_key_map()) == must(store->shard_key_map()));
  CHECK(must(copy->load(a)) == before);
  CHECK(must(copy->load(b)) == must(store->load(b)));
  CHECK(must(sqlite::check_store(target)).findings.empty());
}

TEST_CASE("a backup of keyed shards that was killed is made anew", "[keyed_care]") {
  const keyed_folder s;
  const auto incomplete = s.parent / "copy.incomplete";
  fs::create_directories(incomplete / "keyed");
  std::ofstream{incomplete / "keyed" / "gone.sqlite"} << "half";
  SECTION("by itself") {
    must(sqlite::back_up_store(s.folder, s.parent / "copy"));
    CHECK(must(sqlite::keyed_files(s.parent / "copy")).size() == 2);
    CHECK_FALSE(fs::exists(incomplete));
  }
  SECTION("but for what it did not write") {
    std::ofstream{incomplete / "keyed" / "letters"} << "mine";
    CHECK_THAT(error_of(sqlite::back_up_store(s.folder, s.parent / "copy")).message,
               ContainsSubstring((incomplete / "keyed").string()));
    CHECK(fs::exists(incomplete / "keyed" / "letters"));
  }
}

TEST_CASE("compaction gives back what collected versions took", "[keyed_care]") {
  const keyed_folder s;
  must(s.open()->commit({{a, write_slot{b, 1, std::string(1'000'000, 'x')}}}));
  must(s.open()->commit({{a, drop_versions{b, 2}}}));
  const auto before = must(s.open()->load(a));
  const auto done = must(sqlite::compact_store(s.folder));
  REQUIRE(done.size() == 3);
  CHECK(done[2].path == s.file());
  CHECK(done[2].bytes_before >= 1'000'000);
  CHECK(done[2].bytes_after < 100'000);
  CHECK(must(s.open()->load(a)) == before);
  CHECK(s.findings().empty());
}
