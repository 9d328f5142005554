#pragma once

#include "persistence/sqlite/database.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace lockstep::sqlite {

/// One kind of SQLite file that this program writes.
struct file_format {
  /// Marks the files. Part of the format on disk.
  std::int64_t application_id = 0;
  /// What such a file is called in messages, e.g. "a Lockstep store".
  const char* name = "";
  /// What to do about a file that is none.
  const char* advice = "";
  /// Migration n brings a file from version n to n + 1, by SQL. Part of the format on disk: append
  /// only.
  std::span<const char* const> migrations;

  [[nodiscard]] std::int64_t version() const noexcept {
    return static_cast<std::int64_t>(migrations.size());
  }
};

/// Is this a file of that format that we can read, or empty?
/// @returns its version; 0 for a new file. Errors: `store_too_new`, `store_failure`; each with the
///          file's path.
[[nodiscard]] result<std::int64_t> read_version(database& db, const file_format& format);

/// Sets the connection up and brings the tables to the format's version by the migrations that are
/// missing, all in one transaction, in which a new file is also labelled.
/// @returns the errors of `read_version`; a refused file is left as it was.
[[nodiscard]] result<void> bring_up_to_date(database& db, const file_format& format,
                                            const std::function<result<void>(database&)>& label);

/// The tables and indexes that a file of the current version has, and this one lacks: "table step".
[[nodiscard]] result<std::vector<std::string>> missing_parts(database& db,
                                                             const file_format& format);

} // namespace lockstep::sqlite
