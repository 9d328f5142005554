#pragma once

#include "persistence/sqlite/database.hpp"
#include "persistence/sqlite/sqlite_store.hpp"
#include "persistence/sqlite/store_check.hpp"
#include "persistence/sqlite/store_folder.hpp"
#include "test/support/results.hpp"
#include "test/support/store_contents.hpp"
#include "test/support/temporary_folder.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace lockstep::test {

/// A store of three shards with sixty orders; closed.
struct full_store {
  static constexpr std::uint32_t factor = 3;

  temporary_folder parent;
  std::filesystem::path folder = parent / "store";

  full_store() {
    must(sqlite::prepare_folder(folder, factor));
    auto all = some_orders(60);
    all.specifications.clear(); // they are no declarations
    for (const auto& [shard, changes] : divide(all, factor))
      must(open(shard)->commit(changes));
  }

  [[nodiscard]] std::filesystem::path file(std::uint32_t shard) const {
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

/// In all files together.
inline std::uint64_t instances_in(const sqlite::store_check& checked) {
  std::uint64_t count = 0;
  for (const auto& one : checked.files)
    count += one.instances;
  return count;
}

} // namespace lockstep::test
