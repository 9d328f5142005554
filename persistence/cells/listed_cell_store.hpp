#pragma once

#include "model/failure.hpp"
#include "model/term/term.hpp"
#include "persistence/cells/cell_store.hpp"

#include <filesystem>
#include <functional>
#include <memory>

namespace lockstep::sqlite {

/// Makes the list of the keyed shards of a store's folder, with the files that are there, unless
/// there is one, see `keyed_list`. The folder must be locked.
/// @returns the problems of `sound_inventory`, with nothing changed; `store_failure`.
[[nodiscard]] result<void> prepare_keyed_list(const std::filesystem::path& folder);

/// Opens the stores of a `node_id` in a store's folder, one after the other: the first time it
/// takes the file into use, see `keyed_list`; after that it is the same file or an error. The list
/// must be there, and the folder locked. A store is as `open_cell_store` opens it.
///
/// The function returns `invalid_configuration` for a file that is missing, empty or not the one
/// that the list says, and the errors of `open_cell_store`. It is for one thread at a time.
/// @param in_use Held by each store for as long as it may write.
using listed_cell_stores =
    std::function<result<std::unique_ptr<cell_store>>(std::shared_ptr<const void> in_use)>;
[[nodiscard]] listed_cell_stores open_listed_cell_stores(const std::filesystem::path& folder,
                                                         const term& node_id);

} // namespace lockstep::sqlite
