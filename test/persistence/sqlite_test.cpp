#include "persistence/sqlite/schema.hpp"
#include "persistence/sqlite/sqlite_store.hpp"
#include "test/support/changes.hpp"
#include "test/support/results.hpp"
#include "test/support/stores.hpp"
#include "test/support/temporary_folder.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <sqlite3.h>

#include <fstream>
#include <iterator>
#include <memory>

using namespace lockstep;
using namespace lockstep::test;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string init{initialisation_action};

/// Another program's connection to a database.
class stranger {
public:
  explicit stranger(const std::filesystem::path& file) {
    sqlite3* handle = nullptr;
    REQUIRE(sqlite3_open(file.c_str(), &handle) == SQLITE_OK);
    handle_.reset(handle);
  }

  void run(const std::string& sql) {
    INFO(sql);
    char* message = nullptr;
    const auto code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, &message);
    INFO((message == nullptr ? "" : message));
    REQUIRE(code == SQLITE_OK);
  }

  /// The first column of the last row.
  std::string ask(const std::string& sql) {
    INFO(sql);
    std::string answer;
    const auto read = [](void* out, int, char** values, char**) {
      *static_cast<std::string*>(out) = values[0] == nullptr ? "" : values[0];
      return 0;
    };
    REQUIRE(sqlite3_exec(handle_.get(), sql.c_str(), read, &answer, nullptr) == SQLITE_OK);
    return answer;
  }

private:
  struct closer {
    void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
  };
  std::unique_ptr<sqlite3, closer> handle_;
};

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
}

/// A folder with a store of shard 2 of 4, which knows `order-1`; closed.
struct closed_store {
  temporary_folder folder;
  std::filesystem::path file = folder / "shard_2.sqlite";
  store_identity identity{2, 4};

  closed_store() {
    auto store = must(sqlite::open_store(file, identity));
    must(store->commit({put("order-1"), append("order-1", 1, init, "new")}));
  }

  auto open() { return sqlite::open_store(file, identity); }
};

/// Opens what must be refused. @returns the error; checks that the file is as it was.
failure refusal_of(const std::filesystem::path& file, const store_identity& identity) {
  const auto before = bytes_of(file);
  auto refused = error_of(sqlite::open_store(file, identity));
  CHECK(bytes_of(file) == before);
  CHECK_THAT(refused.message, ContainsSubstring(file.string()));
  return refused;
}

} // namespace

TEST_CASE("a store is a file of its own kind and version", "[sqlite]") {
  closed_store s;
  stranger other{s.file};
  CHECK(other.ask("PRAGMA application_id") == std::to_string(0x4C535450));
  CHECK(other.ask("PRAGMA user_version") == std::to_string(sqlite::schema_version()));
  CHECK(other.ask("SELECT shard || '/' || distribution_factor FROM store") == "2/4");
  CHECK(other.ask("PRAGMA integrity_check") == "ok");
}

TEST_CASE("a store counts the batches that it holds", "[sqlite]") {
  temporary_folder folder;
  auto file = folder / "shard_1.sqlite";
  {
    auto store = must(sqlite::open_store(file, {}));
    must(store->commit({put("order-1")}));
    must(store->commit({append("order-1", 1, "pay", "paid"), put("order-2")}));
    CHECK(error_code_of(store->commit({append("order-3", 1, "pay", "paid")})) == ec::store_failure);
  }
  CHECK(stranger{file}.ask("SELECT commits FROM store") == "2");
}

TEST_CASE("missing folders of a store are made", "[sqlite]") {
  temporary_folder folder;
  auto file = folder / "a" / "b" / "shard_1.sqlite";
  must(sqlite::open_store(file, {}));
  CHECK(std::filesystem::exists(file));
}

TEST_CASE("a folder that cannot be made is an error that names it and the option", "[sqlite]") {
  temporary_folder folder;
  std::ofstream{folder / "file"} << "in the way";
  auto refused = error_of(sqlite::open_store(folder / "file" / "shard_1.sqlite", {}));
  CHECK(refused.code == ec::store_failure);
  CHECK_THAT(refused.message, ContainsSubstring((folder / "file").string()));
  CHECK_THAT(refused.message, ContainsSubstring("store-dir"));
}

TEST_CASE("a folder in the place of the store is refused", "[sqlite]") {
  temporary_folder folder;
  auto refused = error_of(sqlite::open_store(folder.path(), {}));
  CHECK(refused.code == ec::store_failure);
  CHECK_THAT(refused.message, ContainsSubstring(folder.path().string()));
}

TEST_CASE("a file that is no database is refused with SQLite's reason", "[sqlite]") {
  temporary_folder folder;
  auto file = folder / "shard_1.sqlite";
  std::ofstream{file} << std::string(10'000, 'x');
  auto refused = refusal_of(file, {});
  CHECK(refused.code == ec::store_failure);
  CHECK_THAT(refused.message, ContainsSubstring("file is not a database"));
}

TEST_CASE("a database of somebody else is refused", "[sqlite]") {
  temporary_folder folder;
  auto file = folder / "shard_1.sqlite";
  stranger{file}.run("CREATE TABLE store (shard, distribution_factor)");
  auto refused = refusal_of(file, {});
  CHECK(refused.code == ec::store_failure);
  CHECK_THAT(refused.message, ContainsSubstring("not a Lockstep store"));
}

TEST_CASE("a store of a newer version is refused", "[sqlite]") {
  closed_store s;
  const auto newer = std::to_string(sqlite::schema_version() + 1);
  stranger{s.file}.run("PRAGMA user_version = " + newer);
  auto refused = refusal_of(s.file, s.identity);
  CHECK(refused.code == ec::store_too_new);
  CHECK_THAT(refused.message, ContainsSubstring("version " + newer));
}

TEST_CASE("a store of a version that never was is refused", "[sqlite]") {
  closed_store s;
  stranger{s.file}.run("PRAGMA user_version = -1");
  CHECK(refusal_of(s.file, s.identity).code == ec::store_failure);
}

TEST_CASE("a store of another division is refused, with the one to start with", "[sqlite]") {
  closed_store s;
  auto refused = refusal_of(s.file, {2, 5});
  CHECK(refused.code == ec::invalid_configuration);
  CHECK_THAT(refused.message, ContainsSubstring("start with distribution-factor 4"));
  CHECK_THAT(refused.message, ContainsSubstring("store-dir"));
}

TEST_CASE("a store that is divided by another strategy is refused, with the one to start with",
          "[sqlite]") {
  closed_store s;
  auto refused = refusal_of(s.file, {2, 4, routing_strategy::rendezvous});
  CHECK(refused.code == ec::invalid_configuration);
  CHECK_THAT(refused.message, ContainsSubstring("start with routing modulo"));
}

TEST_CASE("a store says by which strategy it is divided", "[sqlite]") {
  temporary_folder folder;
  const auto file = folder / "shard_2.sqlite";
  const store_identity identity{2, 4, routing_strategy::rendezvous};
  must(must(sqlite::open_store(file, identity))->commit({put("order-1")}));
  stranger other{file};
  CHECK(other.ask("SELECT routing FROM store") == "rendezvous");
  CHECK(must(must(sqlite::open_store(file, identity))->find("order-1")));
  CHECK(must(must(sqlite::open_store_for_reading(file))->find("order-1")));
  CHECK_THAT(refusal_of(file, {2, 4}).message, ContainsSubstring("start with routing rendezvous"));
}

TEST_CASE("a strategy that nobody knows is that of a newer program", "[sqlite]") {
  temporary_folder folder;
  const auto file = folder / "shard_2.sqlite";
  const store_identity identity{2, 4, routing_strategy::rendezvous};
  must(sqlite::open_store(file, identity));
  for (const auto* strategy : {"maglev", "ring", ""}) {
    stranger{file}.run("UPDATE store SET routing = '" + std::string(strategy) + "'");
    CHECK(refusal_of(file, identity).code == ec::store_too_new);
  }
}

TEST_CASE("a store of another shard is refused", "[sqlite]") {
  closed_store s;
  auto refused = refusal_of(s.file, {1, 4});
  CHECK(refused.code == ec::invalid_configuration);
  CHECK_THAT(refused.message, ContainsSubstring("shard 2, not of shard 1"));
}

TEST_CASE("a store that was refused opens when it is asked for rightly", "[sqlite]") {
  closed_store s;
  (void)refusal_of(s.file, {1, 4});
  (void)refusal_of(s.file, {2, 5});
  CHECK(must(must(s.open())->find("order-1"))->head.current_state == "new");
}

TEST_CASE("a commit that the engine refuses leaves nothing, and the next one goes through",
          "[sqlite]") {
  closed_store s;
  auto store = must(s.open());
  stranger other{s.file};
  other.run("CREATE TRIGGER refuse BEFORE INSERT ON step WHEN NEW.number = 3 "
            "BEGIN SELECT RAISE(ABORT, 'no third step'); END");

  const batch three{append("order-1", 2, "brand new action", "brand new state"),
                    append("order-1", 3, "another", "one")};
  auto refused = error_of(store->commit(three));
  CHECK(refused.code == ec::store_failure);
  CHECK_THAT(refused.message, ContainsSubstring("no third step"));
  CHECK_THAT(refused.message, ContainsSubstring(s.file.string()));
  CHECK(must(store->find("order-1"))->head.step_count == 1);
  CHECK(other.ask("SELECT count(*) FROM name WHERE text LIKE 'brand new%'") == "0");

  // Names that were rolled back must not be referred to by the numbers that they had for a moment:
  // the first name here gets the number that "brand new action" had.
  must(store->commit({append("order-1", 2, "brand new state", "brand new action")}));
  other.run("DROP TRIGGER refuse");
  must(store->commit({append("order-1", 3, "another", "one")}));
  const auto check = [&] {
    auto steps = must(store->history("order-1"));
    REQUIRE(steps.size() == 3);
    CHECK(steps[1].action == "brand new state");
    CHECK(steps[1].to == "brand new action");
    CHECK(steps[2].to == "one");
  };
  check();
  store.reset();
  store = must(s.open());
  check();
}

TEST_CASE("a store that another program locks is an error and not a hang", "[sqlite]") {
  closed_store s;
  auto store = must(s.open());
  stranger other{s.file};
  other.run("BEGIN IMMEDIATE");
  auto refused = error_of(store->commit({append("order-1", 2, "pay", "paid")}));
  CHECK(refused.code == ec::store_failure);
  CHECK_THAT(refused.message, ContainsSubstring("locked"));
  other.run("COMMIT");
  CHECK(store->commit({append("order-1", 2, "pay", "paid")}));
}

TEST_CASE("a damaged identifier is an error of the read and not a crash", "[sqlite]") {
  closed_store s;
  stranger{s.file}.run("UPDATE instance SET identifier = x'83FF', deadline = 1; "
                       "UPDATE step SET verdict = 3");
  auto store = must(s.open());
  for (int i = 0; i < 2; ++i) {
    auto refused = error_of(page_of(*store, 0, 10));
    CHECK(refused.code == ec::store_failure);
    CHECK_THAT(refused.message, ContainsSubstring("damaged"));
    CHECK(error_code_of(deadlines_of(*store)) == ec::store_failure);
    CHECK(error_code_of(store->deviations(1)) == ec::store_failure);
  }
  CHECK(store->commit({put("order-2")}));
}

TEST_CASE("a commit is in the write-ahead log, and in the file when the store is closed",
          "[sqlite]") {
  closed_store s;
  CHECK(stranger{s.file}.ask("PRAGMA journal_mode") == "wal");
  auto log = s.file;
  log += "-wal";
  CHECK_FALSE(std::filesystem::exists(log));
  auto store = must(s.open());
  must(store->commit({append("order-1", 2, "pay", "paid")}));
  CHECK(std::filesystem::file_size(log) > 0);
  store.reset();
  CHECK_FALSE(std::filesystem::exists(log));
  CHECK(stranger{s.file}.ask("SELECT count(*) FROM step") == "2");
}

TEST_CASE("the log is put into the file in small pieces", "[sqlite]") {
  closed_store s;
  auto store = must(s.open());
  for (std::uint64_t number = 2; number < 500; ++number)
    must(store->commit({append("order-1", number, "turn", "new")}));
  auto log = s.file;
  log += "-wal";
  constexpr std::uintmax_t page = 24 + 4096;
  CHECK(std::filesystem::file_size(log) > 100 * page);
  CHECK(std::filesystem::file_size(log) < 300 * page);
}

TEST_CASE("the connection of a store waits for the disk at each commit", "[sqlite]") {
  temporary_folder folder;
  auto db = must(sqlite::database::open(folder / "shard_1.sqlite"));
  must(sqlite::prepare_schema(db, {}));
  constexpr std::int64_t full = 2;
  CHECK(must(db.query_number("PRAGMA synchronous")) == full);
}

TEST_CASE("another program can read while a store is open", "[sqlite]") {
  closed_store s;
  auto store = must(s.open());
  stranger other{s.file};
  other.run("BEGIN");
  CHECK(other.ask("SELECT count(*) FROM step") == "1");
  must(store->commit({append("order-1", 2, "pay", "paid")}));
  CHECK(other.ask("SELECT count(*) FROM step") == "1");
  other.run("COMMIT");
  CHECK(other.ask("SELECT count(*) FROM step") == "2");
}

TEST_CASE("a step writes as few pages after ten thousand steps as after ten", "[sqlite]") {
  closed_store s;
  std::uint64_t count = 1;
  const auto grow_to = [&](std::uint64_t target) {
    auto store = must(s.open());
    batch steps;
    while (count < target)
      steps.push_back(append("order-1", ++count, "turn", "new"));
    must(store->commit(steps));
  };
  // The log is new when a store is opened, and then grows by each page that a commit writes.
  const auto pages_of_next_step = [&] {
    constexpr std::uintmax_t log_header = 32;
    constexpr std::uintmax_t log_frame = 24 + 4096;
    auto store = must(s.open());
    auto next = append("order-1", ++count, "turn", "new");
    next.operation_id = "op-" + std::to_string(count);
    next.deadline = at_second(static_cast<std::int64_t>(count) + 60);
    must(store->commit({next}));
    auto log = s.file;
    log += "-wal";
    const auto size = std::filesystem::file_size(log) - log_header;
    CHECK(size % log_frame == 0);
    return size / log_frame;
  };
  grow_to(10);
  const auto early = pages_of_next_step();
  grow_to(10'000);
  const auto late = pages_of_next_step();
  CHECK(early >= 3);
  CHECK(late <= early + 2); // should a leaf just be full
}
