#include "persistence/sqlite/store_compaction.hpp"

#include "persistence/sqlite/store_backup.hpp"
#include "persistence/store_lock.hpp"
#include "test/support/full_store.hpp"
#include "test/support/stores.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include <unistd.h>

using namespace lockstep;
using namespace lockstep::test;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

std::string content_of(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

} // namespace

TEST_CASE("compaction gives back what deleted instances took", "[store_compaction]") {
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
  REQUIRE(done.size() == full_store::factor);
  CHECK(done[0].bytes_before >= 1'000'000);
  CHECK(done[0].bytes_after < 200'000);
  CHECK(done[0].bytes_after == fs::file_size(s.file(1)));
  CHECK(before >= 1'000'000);
  CHECK(s.findings().empty());
  CHECK(instances_in(must(sqlite::check_store(s.folder))) == 60);
}

TEST_CASE("a store that is in use is not compacted", "[store_compaction]") {
  full_store s;
  const auto lock = must(store_lock::acquire(s.folder));
  const auto refused = error_of(sqlite::compact_store(s.folder));
  CHECK_THAT(refused.message, ContainsSubstring("process " + std::to_string(::getpid())));
  CHECK(error_code_of(sqlite::compact_store(s.parent / "missing")) == ec::invalid_configuration);
  CHECK_FALSE(fs::exists(s.parent / "missing"));
}

TEST_CASE("of a store that is not whole nothing is compacted", "[store_compaction]") {
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
