#include "persistence/sqlite/integrity.hpp"

#include "persistence/sqlite/sqlite_store.hpp"
#include "test/support/changes.hpp"
#include "test/support/results.hpp"
#include "test/support/temporary_folder.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <fstream>

using namespace lockstep;
using namespace lockstep::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A store with some instances, closed.
struct filled_store {
  temporary_folder folder;
  std::filesystem::path file = folder / "shard-1.sqlite";

  filled_store() {
    auto store = must(sqlite::open_store(file, {}));
    batch changes;
    for (std::int64_t i = 0; i < 500; ++i)
      changes.emplace_back(put("order-" + std::to_string(i)));
    must(store->commit(changes));
  }

  result<void> check() {
    auto db = must(sqlite::database::open(file, sqlite::if_missing::refuse));
    return sqlite::check_integrity(db);
  }
};

} // namespace

TEST_CASE("a store that was closed is sound", "[integrity]") {
  filled_store s;
  must(s.check());
}

TEST_CASE("a store with a page overwritten is damaged", "[integrity]") {
  filled_store s;
  const auto size = std::filesystem::file_size(s.file);
  {
    std::fstream file{s.file, std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(static_cast<std::streamoff>(size - 4096));
    file << std::string(4096, 'x');
  }
  const auto found = error_of(s.check());
  CHECK(found.code == ec::store_failure);
  CHECK_THAT(found.message, ContainsSubstring(s.file.string() + " is damaged"));
}
