#include "persistence/sqlite/store_backup.hpp"
#include "persistence/sqlite/store_check.hpp"
#include "persistence/sqlite/store_compaction.hpp"

#include "persistence/sqlite/sqlite_store.hpp"
#include "persistence/store_lock.hpp"
#include "test/support/results.hpp"
#include "test/support/store_contents.hpp"
#include "test/support/stores.hpp"
#include "test/support/temporary_folder.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <unistd.h>

using namespace lockstep;
using namespace lockstep::test;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

constexpr std::uint32_t factor = 3;

/// A store of three shards with sixty orders; closed.
struct full_store {
  temporary_folder parent;
  fs::path folder = parent / "store";

  full_store() {
    must(sqlite::prepare_folder(folder, factor));
    auto all = some_orders(60);
    all.specifications.clear(); // they are no declarations
    for (const auto& [shard, changes] : divide(all, factor))
      must(open(shard)->commit(changes));
  }

  [[nodiscard]] fs::path file(std::uint32_t shard) const {
    return sqlite::shard_file(folder, shard);
  }

  [[nodiscard]] std::unique_ptr<instance_store> open(std::uint32_t shard) const {
    return must(sqlite::open_store(file(shard), {shard, factor}));
  }

  /// An order that belongs to the shard.
  static term order_of(std::uint32_t shard) {
    for (int i = 0;; ++i)
      if (term name{"more-" + std::to_string(i)}; modulo_shard(name, factor) == shard)
        return name;
  }

  /// Changes a file behind everybody's back.
  void tamper(std::uint32_t shard, const char* sql) const {
    must(must(sqlite::database::open(file(shard))).execute(sql));
  }

  /// What is found, one after the other.
  [[nodiscard]] std::string findings() const {
    std::string text;
    for (const auto& one : must(sqlite::check_store(folder)).findings)
      text += one.message + "\n";
    return text;
  }
};

std::string content_of(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::uint64_t instances_in(const sqlite::store_check& checked) {
  std::uint64_t count = 0;
  for (const auto& one : checked.files)
    count += one.instances;
  return count;
}

/// A store whose folder and files may only be read while this lives, also by root.
class kept_from_writing {
public:
  explicit kept_from_writing(const full_store& store, fs::perms files = fs::perms{0444})
      : folder_(store.folder) {
    fs::permissions(store.parent.path(), fs::perms{0755});
    for (const auto& one : fs::directory_iterator{folder_})
      fs::permissions(one.path(), files);
    fs::permissions(folder_, readable);
    if (user_ == 0)
      REQUIRE(::seteuid(nobody) == 0);
  }
  kept_from_writing(const kept_from_writing&) = delete;
  kept_from_writing& operator=(const kept_from_writing&) = delete;
  ~kept_from_writing() {
    if (user_ == 0)
      static_cast<void>(::seteuid(user_) == 0);
    std::error_code ignored;
    fs::permissions(folder_, fs::perms{0755}, ignored);
  }

private:
  static constexpr fs::perms readable{0555};
  static constexpr uid_t nobody = 65534;
  fs::path folder_;
  uid_t user_ = ::geteuid();
};

/// The row of an instance with a deadline is written with its step.
append_step late_step(const term& name) {
  auto made = append(name, 1, "init", "new");
  made.deadline = at_second(1);
  return made;
}

} // namespace

// -- check ----------------------------------------------------------------------------------------

TEST_CASE("nothing is wrong with a sound store, open or not", "[store_care]") {
  full_store s;
  const auto look = [&] {
    CHECK(s.findings().empty());
    const auto checked = must(sqlite::check_store(s.folder));
    CHECK(checked.files.size() == factor);
    CHECK(instances_in(checked) == 60);
  };
  look();
  const auto lock = must(store_lock::acquire(s.folder));
  const auto store = s.open(1);
  look();
}

TEST_CASE("a folder without a store cannot be checked", "[store_care]") {
  temporary_folder folder;
  CHECK(error_code_of(sqlite::check_store(folder.path())) == ec::invalid_configuration);
  CHECK(error_code_of(sqlite::check_store(folder / "missing")) == ec::invalid_configuration);
  CHECK_FALSE(fs::exists(folder / "missing"));
}

TEST_CASE("files that are missing, strange or mixed up are found", "[store_care]") {
  full_store s;
  SECTION("missing") {
    fs::remove(s.file(2));
    CHECK_THAT(s.findings(), ContainsSubstring(s.file(2).string() + " is missing"));
  }
  SECTION("missing beside one that is no database") {
    fs::remove(s.file(2));
    std::ofstream{s.file(3)} << "this is no database at all, and it is long enough to be seen";
    CHECK_THAT(s.findings(), ContainsSubstring(s.file(2).string() + " is missing"));
    CHECK_THAT(s.findings(), ContainsSubstring(s.file(3).string() + ": file is not a database"));
  }
  SECTION("empty") {
    std::ofstream{s.file(2)};
    CHECK_THAT(s.findings(), ContainsSubstring(s.file(2).string() + " is empty"));
  }
  SECTION("mixed up") {
    fs::rename(s.file(1), s.folder / "kept");
    fs::rename(s.file(2), s.file(1));
    fs::rename(s.folder / "kept", s.file(2));
    CHECK_THAT(s.findings(), ContainsSubstring("is the store of shard 2, not of shard 1"));
  }
  SECTION("on its way to another division") {
    s.tamper(3, "UPDATE store SET distribution_factor = -4");
    fs::copy(s.file(1), s.file(4));
    CHECK_FALSE(s.findings().empty());
  }
}

TEST_CASE("files that cannot be read are no findings", "[store_care]") {
  full_store s;
  SECTION("of a newer program") {
    s.tamper(1, "PRAGMA user_version = 99");
    CHECK(error_code_of(sqlite::check_store(s.folder)) == ec::store_too_new);
  }
  SECTION("a folder") {
    fs::remove(s.file(2));
    fs::create_directory(s.file(2));
    CHECK_THAT(error_of(sqlite::check_store(s.folder)).message,
               ContainsSubstring(s.file(2).string()));
  }
  SECTION("not permitted") {
    const kept_from_writing kept{s, fs::perms::none};
    CHECK_THAT(error_of(sqlite::check_store(s.folder)).message,
               ContainsSubstring("Permission denied"));
  }
}

TEST_CASE("a damaged page is found", "[store_care]") {
  full_store s;
  {
    std::fstream file{s.file(1), std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(static_cast<std::streamoff>(fs::file_size(s.file(1))) / 2);
    file << std::string(4096, 'x');
  }
  CHECK_THAT(s.findings(), ContainsSubstring(s.file(1).string()));
}

TEST_CASE("instances that are not what they say are found", "[store_care]") {
  full_store s;
  SECTION("a step is missing") {
    s.tamper(1, "DELETE FROM step WHERE number = 2");
    CHECK_THAT(s.findings(), ContainsSubstring(" of instance"));
  }
  SECTION("a state that no step led to") {
    s.tamper(1, "UPDATE instance SET state = 1 + state");
    CHECK_THAT(s.findings(), ContainsSubstring("than its last step says"));
  }
  SECTION("a name is missing") {
    s.tamper(1, "DELETE FROM name WHERE text = 'Order'");
    CHECK_THAT(s.findings(), ContainsSubstring("without the name of its specification"));
  }
  SECTION("an instance of another shard") {
    const auto stray = full_store::order_of(2);
    must(s.open(1)->commit({put(stray), append(stray, 1, "init", "new")}));
    CHECK_THAT(s.findings(), ContainsSubstring("which belongs to shard 2"));
  }
  SECTION("a declaration that is none") {
    must(s.open(1)->commit({put_specification{"Order", "{"}}));
    CHECK_THAT(s.findings(), ContainsSubstring("specification that cannot be used"));
  }
}

TEST_CASE("a store that may only be read can be checked and backed up", "[store_care]") {
  full_store s;
  temporary_folder elsewhere;
  fs::permissions(elsewhere.path(), fs::perms::all);
  const auto copied = [&] {
    const kept_from_writing kept{s};
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
      const kept_from_writing kept{killed};
      CHECK(killed.findings().empty());
      CHECK(instances_in(must(sqlite::check_store(killed.folder))) == 61);
    }
    fs::remove(killed.file(1).string() + "-shm");
    const kept_from_writing kept{killed};
    CHECK_THAT(error_of(sqlite::back_up_store(killed.folder, elsewhere / "copy")).message,
               ContainsSubstring("write-ahead log"));
  }
}

TEST_CASE("steps that fit no instance are found", "[store_care]") {
  full_store s;
  std::string told;
  SECTION("a gap") {
    s.tamper(1, "UPDATE step SET number = number + 1 WHERE number > 1");
    told = "with step 3, which does not follow the one before";
  }
  SECTION("of nobody") {
    s.tamper(1, "INSERT INTO step VALUES (1000, 1000, 1, 0, 1, 1, 1, 0)");
    told = "has 1 step of an instance that is not there";
  }
  SECTION("of an instance that did not make them") {
    s.tamper(1, "INSERT INTO step SELECT 1000, instance, 1, 0, action, state, at, verdict "
                "FROM step WHERE seq = 1");
    told = "has 1 step more than its instances made";
  }
  SECTION("of another instance") {
    s.tamper(1, "UPDATE instance SET last_step = (SELECT max(last_step) FROM instance)");
    told = "with the history of another instance";
  }
  SECTION("to be deleted") {
    s.tamper(1, "INSERT INTO departed SELECT min(id), 0 FROM instance");
    told = "has 1 instance that is both there and deleted";
  }
  CHECK_THAT(s.findings(), ContainsSubstring(told));
}

TEST_CASE("steps that are still to be deleted are no findings", "[store_care]") {
  full_store s;
  s.tamper(1, "INSERT INTO departed SELECT id, last_step FROM instance ORDER BY id LIMIT 1; "
              "DELETE FROM instance WHERE id IN (SELECT instance FROM departed)");
  CHECK(s.findings().empty());
}

TEST_CASE("tables and indexes that are missing are found", "[store_care]") {
  full_store s;
  SECTION("index") {
    s.tamper(1, "DROP INDEX step_deviation");
    CHECK_THAT(s.findings(), ContainsSubstring("lacks the index step_deviation"));
  }
  SECTION("table") {
    s.tamper(1, "DROP TABLE quarantine");
    CHECK_THAT(s.findings(), ContainsSubstring("lacks the table quarantine"));
  }
}

TEST_CASE("steps that no row tells of are found", "[store_care]") {
  full_store s;
  const auto name = term{"lags"};
  const auto shard = modulo_shard(name, factor);
  {
    const auto store = s.open(shard);
    must(store->commit({put(name)}));
    must(store->commit({append(name, 1, "init", "new")}));
  }
  CHECK(must(sqlite::check_store(s.folder)).findings.empty());
  s.tamper(shard, "UPDATE store SET settled = 1000000");
  CHECK_THAT(s.findings(), ContainsSubstring("has 1 step more than its instances made"));
}

TEST_CASE("a hundred findings of a file are listed, and all are counted", "[store_care]") {
  full_store s;
  {
    const auto store = s.open(1);
    for (int i = 0; i < 1000; ++i)
      if (term name{"late-" + std::to_string(i)}; modulo_shard(name, factor) == 1)
        must(store->commit({put(name), late_step(name)}));
  }
  const auto wrong = static_cast<std::uint64_t>(
      must(must(sqlite::database::open(s.file(1)))
               .query_number("SELECT count(*) FROM instance WHERE last_step != 0")));
  REQUIRE(wrong > 200);
  s.tamper(1, "UPDATE instance SET last_step_at = 1 + last_step_at");
  const auto checked = must(sqlite::check_store(s.folder));
  CHECK(checked.findings.size() == 100);
  CHECK(checked.findings.size() + checked.unlisted == wrong);
}

TEST_CASE("that a file is another shard's is told once", "[store_care]") {
  full_store s;
  fs::copy_file(s.file(1), s.file(2), fs::copy_options::overwrite_existing);
  const auto checked = must(sqlite::check_store(s.folder));
  REQUIRE(checked.findings.size() == 1);
  CHECK_THAT(checked.findings.front().message,
             ContainsSubstring("is the store of shard 1, not of shard 2"));
}

TEST_CASE("a damage is told on one line, with one advice", "[store_care]") {
  full_store s;
  SECTION("of pages") {
    std::fstream file{s.file(1), std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(static_cast<std::streamoff>(fs::file_size(s.file(1))) / 2);
    file << std::string(4096, 'x');
  }
  SECTION("of a meta") {
    s.tamper(1, "UPDATE instance SET meta = x'00' WHERE id = (SELECT min(id) FROM instance)");
    CHECK_THAT(s.findings(), ContainsSubstring("holds a damaged meta"));
  }
  for (const auto& one : must(sqlite::check_store(s.folder)).findings) {
    CHECK(one.message.find('\n') == std::string::npos);
    const auto advice = one.message.find("from a backup");
    CHECK(advice != std::string::npos);
    CHECK(one.message.find("from a backup", advice + 1) == std::string::npos);
  }
}

// -- backup ---------------------------------------------------------------------------------------

TEST_CASE("a backup is a store with the same content", "[store_care]") {
  full_store s;
  const auto target = s.parent / "backups" / "first";
  CHECK(instances_in(must(sqlite::back_up_store(s.folder, target))) == 60);
  CHECK_FALSE(fs::exists(s.parent / "backups" / "first.incomplete"));
  CHECK(must(sqlite::check_store(target)).findings.empty());
  CHECK_FALSE(must(sqlite::prepare_folder(target, factor))); // complete as it is
  for (std::uint32_t shard = 1; shard <= factor; ++shard) {
    auto copy =
        must(sqlite::open_store(sqlite::shard_file(target, shard), store_identity{shard, factor}));
    CHECK(must(copy->count_by_state()) == must(s.open(shard)->count_by_state()));
    CHECK(must(copy->models()) == must(s.open(shard)->models()));
    CHECK(must(deadlines_of(*copy)) == must(deadlines_of(*s.open(shard))));
  }
}

TEST_CASE("a backup has what was stored when it began, whatever comes meanwhile", "[store_care]") {
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

TEST_CASE("a backup takes the place of nothing but an empty folder", "[store_care]") {
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

TEST_CASE("a backup needs a name", "[store_care]") {
  full_store s;
  const auto refused = error_of(sqlite::back_up_store(s.folder, ""));
  CHECK(refused.code == ec::invalid_configuration);
  CHECK_THAT(refused.message, ContainsSubstring("FOLDER is empty"));
}

TEST_CASE("a backup that was killed is made anew, and never taken for one", "[store_care]") {
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

TEST_CASE("files that no backup wrote are left alone", "[store_care]") {
  full_store s;
  fs::create_directory(s.parent / "copy.incomplete");
  std::ofstream{s.parent / "copy.incomplete" / "letters"} << "mine";
  const auto refused = error_of(sqlite::back_up_store(s.folder, s.parent / "copy"));
  CHECK_THAT(refused.message, ContainsSubstring("letters"));
  CHECK(fs::exists(s.parent / "copy.incomplete" / "letters"));
}

TEST_CASE("two backups to one folder do not meet", "[store_care]") {
  full_store s;
  const auto other = must(store_lock::acquire(s.parent / "copy.incomplete"));
  const auto refused = error_of(sqlite::back_up_store(s.folder, s.parent / "copy"));
  CHECK_THAT(refused.message, ContainsSubstring("process " + std::to_string(::getpid())));
}

TEST_CASE("of a store that is not whole no backup is made", "[store_care]") {
  full_store s;
  SECTION("a file is missing") { fs::remove(s.file(2)); }
  SECTION("being redistributed") { s.tamper(3, "UPDATE store SET distribution_factor = -3"); }
  SECTION("an instance is not what it says") { s.tamper(1, "DELETE FROM step WHERE number = 2"); }
  CHECK_THAT(error_of(sqlite::back_up_store(s.folder, s.parent / "copy")).message,
             ContainsSubstring(s.folder.string()) && !ContainsSubstring(".incomplete"));
  CHECK_FALSE(fs::exists(s.parent / "copy"));
  CHECK_FALSE(fs::exists(s.parent / "copy.incomplete"));
}

// -- compaction -----------------------------------------------------------------------------------

TEST_CASE("compaction gives back what deleted instances took", "[store_care]") {
  full_store s;
  {
    const auto store = s.open(1);
    auto long_one = put("long", "Order", "new");
    long_one.head.meta = term{std::string(1'000'000, 'x')};
    must(store->commit({long_one}));
    must(store->commit({delete_instance{"long"}}));
  }
  const auto before = fs::file_size(s.file(1));
  const auto done = must(sqlite::compact_store(s.folder));
  REQUIRE(done.size() == factor);
  CHECK(done[0].bytes_before >= 1'000'000);
  CHECK(done[0].bytes_after < 200'000);
  CHECK(done[0].bytes_after == fs::file_size(s.file(1)));
  CHECK(before >= 1'000'000);
  CHECK(s.findings().empty());
  CHECK(instances_in(must(sqlite::check_store(s.folder))) == 60);
}

TEST_CASE("a store that is in use is not compacted", "[store_care]") {
  full_store s;
  const auto lock = must(store_lock::acquire(s.folder));
  const auto refused = error_of(sqlite::compact_store(s.folder));
  CHECK_THAT(refused.message, ContainsSubstring("process " + std::to_string(::getpid())));
  CHECK(error_code_of(sqlite::compact_store(s.parent / "missing")) == ec::invalid_configuration);
  CHECK_FALSE(fs::exists(s.parent / "missing"));
}

TEST_CASE("of a store that is not whole nothing is compacted", "[store_care]") {
  full_store s;
  std::string told;
  SECTION("a file is missing") {
    fs::remove(s.file(2));
    told = s.file(2).string() + " is missing";
  }
  SECTION("a file is empty") {
    std::ofstream{s.file(2)};
    told = s.file(2).string() + " is empty";
  }
  SECTION("a file is another one's") {
    fs::copy_file(s.file(1), s.file(2), fs::copy_options::overwrite_existing);
    told = "is the store of shard 1, not of shard 2";
  }
  SECTION("being redistributed") {
    s.tamper(3, "UPDATE store SET distribution_factor = -3");
    told = "is being redistributed";
  }
  std::map<fs::path, std::string> before;
  for (const auto& one : fs::directory_iterator{s.folder})
    before.emplace(one.path(), content_of(one.path()));
  const auto refused = error_of(sqlite::compact_store(s.folder));
  CHECK_THAT(refused.message, ContainsSubstring(told));
  CHECK(refused.message == error_of(sqlite::back_up_store(s.folder, s.parent / "copy")).message);
  for (const auto& [path, content] : before)
    CHECK(content_of(path) == content);
  CHECK(fs::exists(s.file(2)) == before.contains(s.file(2)));
}
