#pragma once

#include "persistence/sqlite/file_format.hpp"

namespace lockstep::sqlite {

/// The files of keyed shards.
[[nodiscard]] const file_format& cell_format() noexcept;

/// Brings a file up to date and checks that it is this `node_id`'s; a new file becomes it.
/// @returns the errors of `bring_up_to_date`; `invalid_configuration` if the file is another one's.
[[nodiscard]] result<void> prepare_cell_schema(database& db, const term& node_id);

/// Whose keyed shards these are. @pre The file is up to date. Errors: `store_failure`.
[[nodiscard]] result<term> read_node_id(database& db);

} // namespace lockstep::sqlite
