#pragma once

#include "persistence/cells/keyed_list.hpp"

#include <filesystem>
#include <optional>
#include <vector>

namespace lockstep::sqlite {

/// A file of keyed shards.
struct keyed_file_info {
  std::filesystem::path path;
  /// Nothing: it is empty, since its first start was not finished.
  std::optional<cell_label> label;
};

/// Something that is not as the store's list says, or cannot be read.
struct keyed_problem {
  std::filesystem::path where;
  /// `invalid_configuration` for what is missing, empty or another one; or why it cannot be read.
  failure what;
};

/// What a store has of keyed shards, compared with its list.
struct keyed_inventory {
  /// Nothing: there is none, since the store is older than lists are, or has no keyed shards.
  std::optional<std::vector<keyed_entry>> list;
  /// Those with which nothing is wrong so far, by name.
  std::vector<keyed_file_info> files;
  std::vector<keyed_problem> problems;
  /// What is in the folder and has nothing to do with keyed shards, as far as can be seen.
  std::vector<std::filesystem::path> strays;
};

/// Looks at the label of each file, and at the list. Only reads, also while a node uses the store.
/// Errors: `store_failure` if the folder cannot be read; those of `read_keyed_entries`.
[[nodiscard]] result<keyed_inventory> take_inventory(const std::filesystem::path& folder);

/// The same, or the first problem. The start of a node that finds none may make files.
[[nodiscard]] result<keyed_inventory> sound_inventory(const std::filesystem::path& folder);

} // namespace lockstep::sqlite
