#pragma once

#include "model/failure.hpp"

#include <string>

struct sqlite3;

namespace lockstep::sqlite {

/// The `store_failure` for what the engine reported last on a connection, with what to do about it.
/// @param where The file's path; in the context as `file`, beside `sqlite_code`.
[[nodiscard]] tl::unexpected<failure> engine_failure(const std::string& where, sqlite3* handle);

/// Did the engine find that the file is damaged?
[[nodiscard]] bool is_damage(const failure& reason);

/// Did the engine fail for a reason that says nothing about what the file holds, such as missing
/// permissions, a full disk or an error of it?
[[nodiscard]] bool is_unreadable(const failure& reason);

/// After a commit that failed so: may the changes be in the file all the same? No, if the engine
/// failed before it wrote the last of them: the disk is full, somebody else has the lock, a
/// statement was refused. Any other failure of the engine leaves it open. (A disk is full when a
/// file grows, which leaves the last frame of the log short; not when a file is overwritten.)
[[nodiscard]] bool leaves_doubt(const failure& reason);

} // namespace lockstep::sqlite
