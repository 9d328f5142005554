/// A store's knowledge of the files of keyed shards that it has had.

#include "persistence/cells/keyed_files.hpp"
#include "persistence/cells/keyed_inventory.hpp"
#include "persistence/cells/listed_cell_store.hpp"
#include "persistence/cells/sqlite_cell_store.hpp"
#include "persistence/sqlite/store_backup.hpp"
#include "persistence/sqlite/store_check.hpp"
#include "persistence/sqlite/store_compaction.hpp"
#include "test/support/fault_vfs.hpp"
#include "test/support/results.hpp"
#include "test/support/temporary_folder.hpp"
#include "test/support/term_generator.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

using namespace lockstep;
using namespace lockstep::test;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

const term node_id = atom{"node"};
const shard_key a{{"a"}};

/// A store whose node is started and stopped again.
struct listed_folder {
  temporary_folder parent;
  fs::path folder = parent / "store";

  listed_folder() { must(sqlite::prepare_folder(folder, 1)); }

  [[nodiscard]] fs::path file() const { return sqlite::keyed_file(folder, node_id); }
  [[nodiscard]] fs::path list() const { return sqlite::keyed_list_file(folder); }

  /// As a node's start does.
  [[nodiscard]] result<std::unique_ptr<cell_store>> start(const term& whose = node_id) const {
    return sqlite::prepare_keyed_list(folder).and_then(
        [&] { return sqlite::open_listed_cell_stores(folder, whose)(nullptr); });
  }

  /// A life of a node that stores something.
  void live(const term& value = "v") const {
    auto store = must(start());
    must(store->populate_key_map("one_per_key", {{a, value}}));
  }

  [[nodiscard]] std::string findings() const {
    std::string text;
    for (const auto& one : must(sqlite::check_store(folder)).findings)
      text += one.message + "\n";
    return text;
  }

  /// Makes the file one of the first version, as it was before there were lists.
  void make_old() const {
    must(must(sqlite::database::open(file()))
             .execute("DROP TABLE call; ALTER TABLE shard DROP COLUMN operation_id; "
                      "ALTER TABLE store DROP COLUMN identity; PRAGMA user_version = 1"));
    fs::remove(list());
  }
};

term value_of(cell_store& store) { return must(store.load(a)).cells.at(a).at(0).value(); }

} // namespace

TEST_CASE("a file of keyed shards that was lost is not made anew", "[keyed_list]") {
  const listed_folder s;
  s.live();
  std::string told;
  SECTION("gone") {
    fs::remove(s.file());
    told = s.file().string() + ", the file of the keyed shards of node, is missing";
  }
  SECTION("gone with its folder") {
    fs::remove_all(s.file().parent_path());
    told = s.file().string() + ", the file of the keyed shards of node, is missing";
  }
  SECTION("emptied") {
    fs::resize_file(s.file(), 0);
    told = s.file().string() + ", the file of the keyed shards of node, is empty";
  }
  SECTION("another store's") {
    const listed_folder other;
    other.live("other");
    fs::copy_file(other.file(), s.file(), fs::copy_options::overwrite_existing);
    told = s.file().string()
           + ", the file of the keyed shards of node, is not the one that the store had";
  }
  SECTION("made by hand") {
    fs::remove(s.file());
    must(must(sqlite::open_cell_store(s.file(), node_id))->add_to_key_map({a, "mine"}));
    told = "is not the one that the store had";
  }
  SECTION("another node_id's") {
    must(s.start("other"));
    fs::copy_file(sqlite::keyed_file(s.folder, "other"), s.file(),
                  fs::copy_options::overwrite_existing);
    told = "has the keyed shards of <<\"other\">>, not those of node";
  }
  SECTION("no database any more") {
    std::ofstream{s.file(), std::ios::trunc} << std::string(5'000, 'x');
    told = "file is not a database";
  }
  SECTION("the list itself") {
    fs::remove(s.list());
    told = s.list().string() + ", the list of the keyed shards that the store has, is missing";
  }
  SECTION("the list's content") {
    fs::resize_file(s.list(), 0);
    told = s.list().string() + ", the list of the keyed shards that the store has, is missing";
  }
  const auto refused = error_of(s.start());
  CHECK_THAT(refused.message, ContainsSubstring(told) && ContainsSubstring("; "));
  CHECK((refused.code == ec::invalid_configuration || refused.code == ec::store_failure));
  CHECK(error_of(s.start("third")).message == refused.message);
  CHECK_THAT(s.findings(), ContainsSubstring(told));
  CHECK_THAT(error_of(sqlite::back_up_store(s.folder, s.parent / "copy")).message,
             ContainsSubstring(told));
  CHECK_THAT(error_of(sqlite::compact_store(s.folder)).message, ContainsSubstring(told));
}

TEST_CASE("a file that is lost while its node runs is not made anew when it is opened again",
          "[keyed_list]") {
  const listed_folder s;
  must(sqlite::prepare_keyed_list(s.folder));
  auto stores = sqlite::open_listed_cell_stores(s.folder, node_id);
  must(must(stores(nullptr))->add_to_key_map({a, {}}));
  must(stores(nullptr));
  GENERATE(0, 1) == 0 ? void(fs::remove(s.file())) : fs::resize_file(s.file(), 0);
  CHECK(error_code_of(stores(nullptr)) == ec::invalid_configuration);
}

TEST_CASE("a store from before there were lists is taken over with the files that it has",
          "[keyed_list]") {
  const listed_folder s;
  s.live("kept");
  s.make_old();
  must(sqlite::prepare_keyed_list(s.folder));
  SECTION("and keeps what is in them") {
    CHECK(value_of(*must(s.start())) == term{"kept"});
    CHECK(value_of(*must(s.start())) == term{"kept"});
    CHECK(s.findings().empty());
  }
  SECTION("and misses one that is lost before it is opened") {
    fs::remove(s.file());
    CHECK_THAT(error_of(s.start()).message, ContainsSubstring("is missing"));
    CHECK_THAT(s.findings(), ContainsSubstring("is missing"));
  }
  SECTION("even if nobody opens it") {
    must(s.start("other"));
    fs::resize_file(s.file(), 0);
    CHECK_THAT(error_of(s.start("other")).message, ContainsSubstring("is empty"));
  }
}

TEST_CASE("a file that the list does not have is taken in with its identity", "[keyed_list]") {
  const listed_folder s;
  must(s.start("other"));
  const listed_folder elsewhere;
  elsewhere.live("moved");
  fs::copy_file(elsewhere.file(), s.file());
  CHECK(s.findings().empty());
  CHECK(value_of(*must(s.start())) == term{"moved"});
  CHECK(value_of(*must(s.start())) == term{"moved"});
  fs::remove(s.file());
  CHECK_FALSE(s.start());
}

TEST_CASE("a file of another node_id is not taken in", "[keyed_list]") {
  const listed_folder f;
  f.live();
  const auto other = sqlite::keyed_file(f.folder, "other");
  fs::copy_file(f.file(), other);
  CHECK_THAT(error_of(f.start("other")).message, ContainsSubstring("not those of <<\"other\">>"));
  fs::remove(other);
  CHECK(f.findings().empty());
  CHECK(f.start("other"));
}

TEST_CASE("an earlier copy of a file may be put back", "[keyed_list]") {
  const listed_folder s;
  s.live();
  must(sqlite::back_up_store(s.folder, s.parent / "copy"));
  fs::remove(s.file());
  fs::copy_file(sqlite::keyed_file(s.parent / "copy", node_id), s.file());
  CHECK(value_of(*must(s.start())) == term{"v"});
}

TEST_CASE("a backup has the list, too", "[keyed_list]") {
  const listed_folder s;
  s.live();
  const auto copy = s.parent / "copy";
  must(sqlite::back_up_store(s.folder, copy));
  CHECK(must(sqlite::check_store(copy)).findings.empty());
  CHECK(must(sqlite::sound_inventory(copy)).list == must(sqlite::sound_inventory(s.folder)).list);
  fs::remove(sqlite::keyed_file(copy, node_id));
  CHECK_THAT(must(sqlite::check_store(copy)).findings.at(0).message,
             ContainsSubstring("is missing"));
}

TEST_CASE("compaction leaves the list as it is", "[keyed_list]") {
  const listed_folder s;
  s.live();
  CHECK(must(sqlite::compact_store(s.folder)).size() == 2);
  CHECK(s.findings().empty());
  CHECK(value_of(*must(s.start())) == term{"v"});
}

TEST_CASE("files of others among those of keyed shards are told and left alone", "[keyed_list]") {
  const listed_folder s;
  s.live();
  const auto keyed = s.file().parent_path();
  std::ofstream{keyed / "notes.sqlite"} << std::string(5'000, 'x');
  std::ofstream{keyed / "notes.txt"} << "mine";
  must(must(sqlite::database::open(keyed / "other.sqlite")).execute("CREATE TABLE mine (x)"));
  fs::create_directory(keyed / "folder.sqlite");
  fs::copy_file(s.file(), keyed / "copy of node.sqlite");
  const auto checked = must(sqlite::check_store(s.folder));
  CHECK(checked.findings.empty());
  CHECK(checked.strays.size() == 3);
  CHECK(checked.keyed.size() == 1);
  CHECK(value_of(*must(s.start())) == term{"v"});
  const auto copied = must(sqlite::back_up_store(s.folder, s.parent / "copy"));
  CHECK(copied.keyed.size() == 1);
  CHECK(copied.strays.empty());
  must(sqlite::compact_store(s.folder));
  CHECK(fs::exists(keyed / "notes.sqlite"));
}

TEST_CASE("whatever the disk does, nothing acknowledged is lost silently", "[keyed_list]") {
  const auto fault = GENERATE(disk_fault::fails, disk_fault::torn, disk_fault::late,
                              disk_fault::no_space, disk_fault::power_cut);
  const auto left = GENERATE(survival::none, survival::some);
  const auto is_old = GENERATE(false, true);
  const fs::path file = "node.sqlite";

  const auto open = [&](fault_disk& disk) {
    return sqlite::database::open("list.sqlite", sqlite::if_missing::create, disk.vfs())
        .and_then([](sqlite::database db) { return sqlite::keyed_list::open(std::move(db), {}); })
        .and_then([&](sqlite::keyed_list list) {
          return sqlite::take_into_use(list, node_id, file, disk.vfs());
        })
        .and_then([&](const sqlite::keyed_entry& entry) {
          return sqlite::open_in_use(entry, file, disk.vfs());
        })
        .and_then(
            [](sqlite::database db) { return sqlite::open_cell_store(std::move(db), node_id); });
  };
  /// @returns whether it was told that everything is stored.
  const auto live = [&](fault_disk& disk) {
    return open(disk)
        .and_then([](const std::unique_ptr<counting_cell_store>& store) {
          return store->populate_key_map("one_per_key", {{a, "v"}});
        })
        .has_value();
  };
  const auto before = [&](fault_disk& disk) {
    if (is_old)
      must(must(sqlite::open_cell_store(
                    must(sqlite::database::open(file, sqlite::if_missing::create, disk.vfs())),
                    node_id))
               ->populate_key_map("one_per_key", {{a, "v"}}));
  };
  std::uint64_t operations = 0;
  {
    fault_disk disk;
    before(disk);
    const auto old = disk.operations();
    REQUIRE(live(disk));
    operations = disk.operations() - old;
  }
  REQUIRE(operations > 20);
  for (std::uint64_t operation = 1; operation <= operations; ++operation) {
    fault_disk disk;
    before(disk);
    disk.set_survival(left);
    disk.fail_at(operation, fault);
    const auto told = live(disk);
    disk.mend();
    disk.kill();
    if (!disk.has_power())
      disk.power_on();
    INFO("operation " << operation << " of " << operations);
    auto store = open(disk);
    REQUIRE(store); // nobody is locked out
    if (told || is_old)
      REQUIRE(value_of(**store) == term{"v"});
  }
}
