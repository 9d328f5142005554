#include "persistence/sqlite/store_folder.hpp"

#include "test/support/divided_folder.hpp"

#include <catch2/catch_test_macros.hpp>
#include <rapidcheck.h>
#include <sqlite3.h>

#include <filesystem>
#include <limits>

#include <sys/wait.h>
#include <unistd.h>

using namespace lockstep;
using namespace lockstep::test;
namespace fs = std::filesystem;

namespace {

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

} // namespace

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
