#pragma once

#include "model/cells/cell_contents.hpp"
#include "persistence/sqlite/database.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace lockstep::sqlite {

/// The calls that keyed shards remember, in a file's table `call`. Shards by their numbers there.
/// Errors of all: `store_failure`.
class call_table {
public:
  /// @param db Of a version with calls. Must outlive this.
  [[nodiscard]] static result<call_table> open(database& db);

  [[nodiscard]] result<void> remember(std::int64_t shard, const remember_call& made);

  /// All below that height.
  [[nodiscard]] result<void> forget(std::int64_t shard, std::uint64_t below);

  /// @param shard_name As messages name it.
  [[nodiscard]] result<std::map<std::string, cell_call>>
  load(const database& db, std::int64_t shard, const std::string& shard_name);

private:
  statement remember_;
  statement forget_;
  statement all_;
};

} // namespace lockstep::sqlite
