#pragma once

#include "persistence/cells/keyed_check.hpp"
#include "persistence/redistribution.hpp"
#include "persistence/sqlite/store_folder.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace lockstep::sqlite {

/// Something that is wrong with a store.
struct store_finding {
  /// The file, or the folder.
  std::filesystem::path where;
  /// One sentence: what is wrong, where, and what to do.
  std::string message;
};

/// What a shard's file has, as far as it could be read.
struct checked_file {
  std::uint32_t shard = 0;
  std::filesystem::path path;
  store_label label;
  std::uintmax_t bytes = 0;
  std::uint64_t instances = 0;
  std::uint64_t steps = 0;
  std::uint64_t operations = 0;
};

struct store_check {
  /// Those that say that they are a shard's, by its number.
  std::vector<checked_file> files;
  /// Those of keyed shards, by name.
  std::vector<checked_keyed_file> keyed;
  /// A hundred of each file at most.
  std::vector<store_finding> findings;
  /// How many more there are.
  std::uint64_t unlisted = 0;
  /// Files among those of keyed shards that are none; nothing is wrong with that.
  std::vector<std::filesystem::path> strays;
};

/// Looks through a store: whether its files are all there and belong together, whether SQLite finds
/// each of them sound, whether each instance is in the shard it belongs to and has the history that
/// it says, whether steps belong to instances, and whether what else is stored can be read. Of a
/// file of an older version only the former; the next start brings it up to date. For files of
/// keyed shards see `keyed_inventory`, which tells what is missing, and `check_keyed_file`.
///
/// Only reads, also while a node uses the store: each file is seen as it is at one moment.
/// @returns what is wrong with the store as findings, not as errors. Errors:
///          `invalid_configuration` if the folder holds no store; `store_too_new`;
///          `store_failure` if one of its files cannot be read, whatever it holds.
[[nodiscard]] result<store_check> check_store(const std::filesystem::path& folder,
                                              const progress_function& progress = {});

/// The files of a store. Errors: as `check_store`.
[[nodiscard]] result<std::map<std::uint32_t, std::filesystem::path>>
files_of_store(const std::filesystem::path& folder);

/// Is there a file for each shard, and none of them on its way to another division?
/// @returns the number of shards. Errors: those of `check_labels`; `store_failure` for a folder
///          whose first start or redistribution was not finished.
[[nodiscard]] result<std::uint32_t> check_division(const std::filesystem::path& folder,
                                                   const store_labels& labels);

/// How a store is divided, for whoever looks for an instance in it. Only reads. Errors: those of
/// `files_of_store` and `check_division`; `store_too_new`.
[[nodiscard]] result<shard_layout> layout_of_store(const std::filesystem::path& folder);

} // namespace lockstep::sqlite
