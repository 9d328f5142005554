#pragma once

#include "persistence/cells/keyed_files.hpp"
#include "persistence/cells/reopening_cell_store.hpp"

#include <filesystem>
#include <memory>

namespace lockstep::sqlite {

class database;

/// Opens the store in a file, or makes one there; missing folders are made, too. A node's stores
/// are opened by `open_listed_cell_stores` instead, which knows what was lost. A change is on the
/// disk when its call returns. After a failure of the engine the file is opened again and what it
/// holds is made sure of, see `reopened`.
/// @returns `store_too_new`; `invalid_configuration` if the file is another `node_id`'s;
///          `store_failure`.
[[nodiscard]] result<std::unique_ptr<cell_store>> open_cell_store(const std::filesystem::path& file,
                                                                  const term& node_id);

/// A store on this connection, whose file is brought up to date or made. Errors: as above.
[[nodiscard]] result<std::unique_ptr<counting_cell_store>> open_cell_store(database db,
                                                                           const term& node_id);

/// A store to look at, with whose it is.
struct opened_cell_store {
  term node_id;
  std::unique_ptr<cell_store> store;
};

/// Opens a store to look at it, also while a node uses it; changing it is an error. Nothing is
/// migrated. @returns `store_failure` for what is no store of keyed shards; `store_too_new`.
[[nodiscard]] result<opened_cell_store>
open_cell_store_for_reading(const std::filesystem::path& file);

/// The same on this connection.
[[nodiscard]] result<opened_cell_store> open_cell_store_for_reading(database db);

} // namespace lockstep::sqlite
