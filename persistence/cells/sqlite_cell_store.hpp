#pragma once

#include "persistence/cells/cell_store.hpp"

#include <filesystem>
#include <memory>
#include <vector>

namespace lockstep::sqlite {

/// The file of a `node_id`'s keyed shards in a store's folder: `keyed/<name>.sqlite`, where the
/// name is the term's text, percent-encoded. One that is too long for a file is cut and has a hash.
[[nodiscard]] std::filesystem::path keyed_file(const std::filesystem::path& folder,
                                               const term& node_id);

/// The files of all keyed shards in a store's folder, sorted; none if there are none. Other files
/// are left out. Errors: `store_failure` if the folder cannot be read.
[[nodiscard]] result<std::vector<std::filesystem::path>>
keyed_files(const std::filesystem::path& folder);

/// Opens the store in a file, or makes one there; missing folders are made, too. A change is on the
/// disk when its call returns. After a failure of the engine the file is opened again and what it
/// holds is made sure of, see `reopened`.
/// @returns `store_too_new`; `invalid_configuration` if the file is another `node_id`'s;
///          `store_failure`.
[[nodiscard]] result<std::unique_ptr<cell_store>> open_cell_store(const std::filesystem::path& file,
                                                                  const term& node_id);

/// A store to look at, with whose it is.
struct opened_cell_store {
  term node_id;
  std::unique_ptr<cell_store> store;
};

/// Opens a store to look at it, also while a node uses it; changing it is an error. Nothing is
/// migrated. @returns `store_failure` for a store of an older version and for what is no store of
/// keyed shards; `store_too_new`.
[[nodiscard]] result<opened_cell_store>
open_cell_store_for_reading(const std::filesystem::path& file);

} // namespace lockstep::sqlite
