#pragma once

#include "model/term/term.hpp"
#include "persistence/sqlite/file_format.hpp"

#include <cstdint>
#include <string>

namespace lockstep::sqlite {

/// The files of keyed shards.
[[nodiscard]] const file_format& cell_format() noexcept;

/// The first version that remembers calls by their operation ids.
inline constexpr std::int64_t version_with_calls = 3;

/// Whose keyed shards a file has.
struct cell_label {
  term node_id;
  /// Given to the file when it was made, and to no other one, so that a file that is lost and made
  /// anew is not taken for it; a copy has it, too. Empty: none, see `keyed_list`.
  std::string identity;

  friend bool operator==(const cell_label&, const cell_label&) = default;
};

/// Brings a file up to date and checks that it is this `node_id`'s; a new file becomes it. A file
/// without an identity gets the given one; whether another one is right is not looked at.
/// @returns the errors of `bring_up_to_date`; `invalid_configuration` if the file is another one's.
[[nodiscard]] result<void> prepare_cell_schema(database& db, const cell_label& wanted);

/// Also of a file of an older version. @pre It is not empty. Errors: those of `read_version`;
/// `store_failure`.
[[nodiscard]] result<cell_label> read_cell_label(database& db);

} // namespace lockstep::sqlite
