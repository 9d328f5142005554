#pragma once

#include "model/term/term.hpp"
#include "persistence/sqlite/row_check.hpp"

#include <cstdint>
#include <filesystem>

namespace lockstep::sqlite {

/// What a file of keyed shards has, as far as it could be read.
struct checked_keyed_file {
  std::filesystem::path path;
  term node_id;
  std::int64_t version = 0;
  std::uintmax_t bytes = 0;
  std::uint64_t shards = 0;
  std::uint64_t cells = 0;
  std::uint64_t versions = 0;
  std::uint64_t reservations = 0;
};

/// Does SQLite find the list of the store's keyed shards sound, if there is one? What it lists is
/// `keyed_inventory`'s to compare. Only reads, also while a node uses the store.
/// @returns `store_failure` for what the engine finds.
[[nodiscard]] result<void> check_keyed_list(const std::filesystem::path& folder);

/// Looks through a file of keyed shards: whether SQLite finds it sound, whether all that
/// is stored can be read, and belongs to shards of the key map; what cannot be read is told with
/// its shard and cell. Whether it is the right file is `keyed_inventory`'s to say. Of a file of an
/// older version only the first. Only reads, also while a node uses the file.
/// @param file Has the path.
/// @returns `store_too_new`, or `store_failure` for what the engine finds. What it finds on its way
///          to an error counts, too.
[[nodiscard]] result<void> check_keyed_file(checked_keyed_file& file, const finding_function& find);

} // namespace lockstep::sqlite
