#pragma once

#include "persistence/instance_store.hpp"
#include "persistence/sqlite/database.hpp"

namespace lockstep::sqlite {

/// The version of the tables that this program writes.
[[nodiscard]] int schema_version() noexcept;

/// Sets the connection up and brings the tables to `schema_version()` by the numbered migrations
/// that are missing, each in one transaction with its number. A new file becomes the store of
/// `identity`.
///
/// @returns `store_too_new` for a store of a newer program, `invalid_configuration` if the store
///          belongs to another shard or division, `store_failure` for a file that is no store;
///          each with the file's path. A refused file is left as it was.
[[nodiscard]] result<void> prepare_schema(database& db, const store_identity& identity);

} // namespace lockstep::sqlite
