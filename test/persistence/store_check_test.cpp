#include "persistence/sqlite/store_check.hpp"

#include "persistence/store_lock.hpp"
#include "test/support/full_store.hpp"
#include "test/support/kept_from_writing.hpp"
#include "test/support/stores.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <filesystem>
#include <fstream>
#include <string>

using namespace lockstep;
using namespace lockstep::test;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

/// The row of an instance with a deadline is written with its step.
append_step late_step(const term& name) {
  auto made = append(name, 1, "init", "new");
  made.deadline = at_second(1);
  return made;
}

} // namespace

TEST_CASE("nothing is wrong with a sound store, open or not", "[store_check]") {
  full_store s;
  const auto look = [&] {
    CHECK(s.findings().empty());
    const auto checked = must(sqlite::check_store(s.folder));
    CHECK(checked.files.size() == full_store::factor);
    CHECK(instances_in(checked) == 60);
  };
  look();
  const auto lock = must(store_lock::acquire(s.folder));
  const auto store = s.open(1);
  look();
}

TEST_CASE("a folder without a store cannot be checked", "[store_check]") {
  temporary_folder folder;
  CHECK(error_code_of(sqlite::check_store(folder.path())) == ec::invalid_configuration);
  CHECK(error_code_of(sqlite::check_store(folder / "missing")) == ec::invalid_configuration);
  CHECK_FALSE(fs::exists(folder / "missing"));
}

TEST_CASE("files that are missing, strange or mixed up are found", "[store_check]") {
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

TEST_CASE("files that cannot be read are no findings", "[store_check]") {
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
    const kept_from_writing kept{s.folder, fs::perms::none};
    CHECK_THAT(error_of(sqlite::check_store(s.folder)).message,
               ContainsSubstring("Permission denied"));
  }
}

TEST_CASE("a damaged page is found", "[store_check]") {
  full_store s;
  {
    std::fstream file{s.file(1), std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(static_cast<std::streamoff>(fs::file_size(s.file(1))) / 2);
    file << std::string(4096, 'x');
  }
  CHECK_THAT(s.findings(), ContainsSubstring(s.file(1).string()));
}

TEST_CASE("instances that are not what they say are found", "[store_check]") {
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

TEST_CASE("steps that fit no instance are found", "[store_check]") {
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

TEST_CASE("steps that are still to be deleted are no findings", "[store_check]") {
  full_store s;
  s.tamper(1, "INSERT INTO departed SELECT id, last_step FROM instance ORDER BY id LIMIT 1; "
              "DELETE FROM instance WHERE id IN (SELECT instance FROM departed)");
  CHECK(s.findings().empty());
}

TEST_CASE("tables and indexes that are missing are found", "[store_check]") {
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

TEST_CASE("steps that no row tells of are found", "[store_check]") {
  full_store s;
  const auto name = term{"lags"};
  const auto shard = modulo_shard(name, full_store::factor);
  {
    const auto store = s.open(shard);
    must(store->commit({put(name)}));
    must(store->commit({append(name, 1, "init", "new")}));
  }
  CHECK(must(sqlite::check_store(s.folder)).findings.empty());
  s.tamper(shard, "UPDATE store SET settled = 1000000");
  CHECK_THAT(s.findings(), ContainsSubstring("has 1 step more than its instances made"));
}

TEST_CASE("a hundred findings of a file are listed, and all are counted", "[store_check]") {
  full_store s;
  {
    const auto store = s.open(1);
    for (int i = 0; i < 1000; ++i)
      if (term name{"late-" + std::to_string(i)}; modulo_shard(name, full_store::factor) == 1)
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

TEST_CASE("that a file is another shard's is told once", "[store_check]") {
  full_store s;
  fs::copy_file(s.file(1), s.file(2), fs::copy_options::overwrite_existing);
  const auto checked = must(sqlite::check_store(s.folder));
  REQUIRE(checked.findings.size() == 1);
  CHECK_THAT(checked.findings.front().message,
             ContainsSubstring("is the store of shard 1, not of shard 2"));
}

TEST_CASE("a damage is told on one line, with one advice", "[store_check]") {
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
