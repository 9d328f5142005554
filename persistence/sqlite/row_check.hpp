#pragma once

#include "persistence/sqlite/database.hpp"

#include <functional>
#include <string>

namespace lockstep::sqlite {

/// Told what is wrong with a file, to go after its name: "has …" or "lacks …".
using finding_function = std::function<void(const std::string& what)>;

/// Are all tables and indexes there?
/// @returns whether all tables are.
/// @pre The file has the current version.
[[nodiscard]] result<bool> check_schema(database& db, const finding_function& find);

/// Do the steps belong to instances, each to one, and are they numbered without gaps? What reading
/// the instances one by one does not tell.
/// @pre All tables are there.
[[nodiscard]] result<void> check_rows(database& db, const finding_function& find);

} // namespace lockstep::sqlite
