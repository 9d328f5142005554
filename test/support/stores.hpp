#pragma once

#include "persistence/memory_store.hpp"
#include "persistence/sqlite/database.hpp"
#include "persistence/sqlite/schema.hpp"
#include "persistence/sqlite/sqlite_store.hpp"
#include "test/support/results.hpp"
#include "test/support/temporary_folder.hpp"

#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <ostream>
#include <utility>
#include <vector>

namespace lockstep::test {

/// The kinds of stores that there are; every test of a store runs on each of them.
enum class engine { memory, sqlite };

inline std::ostream& operator<<(std::ostream& out, engine which) {
  return out << (which == engine::memory ? "memory" : "sqlite");
}

/// At most `limit` instances from a cursor on, whatever they are.
inline result<instance_page> page_of(instance_store& store, std::uint64_t from, std::size_t limit) {
  page_request part;
  part.from = from;
  part.limit = limit;
  part.visit = std::numeric_limits<std::size_t>::max();
  return store.page(part, {});
}

/// All deadlines, the earliest first.
inline result<std::vector<std::pair<timestamp, term>>> deadlines_of(instance_store& store) {
  return store.deadlines({}, 1'000'000).map([](const std::vector<due_instance>& due) {
    std::vector<std::pair<timestamp, term>> all;
    for (const auto& one : due)
      all.emplace_back(one.at, one.identifier);
    return all;
  });
}

/// Where the data of one store lives while the store itself comes and goes.
class store_home {
public:
  explicit store_home(engine which) {
    if (which == engine::sqlite)
      folder_.emplace();
  }

  /// Opens the store: empty at first, later with all that was committed to it.
  [[nodiscard]] std::unique_ptr<instance_store> open() {
    if (folder_)
      return must(sqlite::open_store(file(), {}));
    return std::make_unique<memory_store>(contents_);
  }

  /// Opens it with other limits than a node does. @pre The engine is SQLite.
  [[nodiscard]] std::unique_ptr<instance_store> open(const sqlite::lag_limits& most) {
    auto db = must(sqlite::database::open(file()));
    must(sqlite::prepare_schema(db, {}));
    return must(sqlite::open_store(std::move(db), most));
  }

  /// @pre The engine is SQLite.
  [[nodiscard]] std::filesystem::path file() const { return *folder_ / "shard_1.sqlite"; }

private:
  std::optional<temporary_folder> folder_;
  std::shared_ptr<memory_store_contents> contents_ = std::make_shared<memory_store_contents>();
};

} // namespace lockstep::test
