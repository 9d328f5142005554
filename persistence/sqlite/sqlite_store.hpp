#pragma once

#include "persistence/reopening_store.hpp"
#include "persistence/sqlite/lag_limits.hpp"

#include <filesystem>
#include <memory>

namespace lockstep::sqlite {

class database;

/// Opens the store in a file, or makes one there; missing folders are made, too. A commit is on
/// the disk when it returns (WAL, `synchronous = FULL`).
/// @returns the errors of `prepare_schema`.
[[nodiscard]] result<std::unique_ptr<counting_store>> open_store(const std::filesystem::path& path,
                                                                 const store_identity& identity);

/// A store on a connection whose schema is up to date, whatever its label says.
[[nodiscard]] result<std::unique_ptr<counting_store>> open_store(database db,
                                                                 const lag_limits& most = {});

/// Opens the store in a file to look at it, also while a node uses it. Nothing is migrated, and a
/// commit is an error.
/// @returns `store_failure` for a store of an older version and for one whose instances are being
///          moved, both with what to do; `store_too_new`; `store_failure` for what is no store.
[[nodiscard]] result<std::unique_ptr<instance_store>>
open_store_for_reading(const std::filesystem::path& path);

} // namespace lockstep::sqlite
