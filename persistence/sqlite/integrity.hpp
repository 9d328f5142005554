#pragma once

#include "persistence/sqlite/database.hpp"

namespace lockstep::sqlite {

/// Reads the whole file and checks that it is sound: pages, indexes and rows fit each other.
/// Changes nothing. @returns `store_failure` with the file's path and the first damages found.
[[nodiscard]] result<void> check_integrity(database& db);

} // namespace lockstep::sqlite
