#include "persistence/sqlite/engine_failure.hpp"

#include "persistence/system_advice.hpp"

#include <sqlite3.h>

#include <system_error>

namespace lockstep::sqlite {

namespace {

/// The operating system's reason, where SQLite has none, and what to do.
std::string reason_and_advice(sqlite3* handle) {
  const auto code = sqlite3_errcode(handle) & 0xff; // without what is particular
  if (code == SQLITE_FULL)
    return "; make room on its file system";
  if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
    return "; restore the store from a backup";
  if (code == SQLITE_READONLY)
    return "; check who may write there";
  if (code != SQLITE_CANTOPEN && code != SQLITE_IOERR)
    return {};
  // Parts of it that are never written are opened for writing, too.
  const std::error_code system{sqlite3_system_errno(handle), std::generic_category()};
  return (system ? " (" + system.message() + ")" : std::string{}) + "; "
         + system_advice(system, "check that it and its folder can be read and written");
}

/// The engine's code without its details; SQLITE_OK if the failure is not the engine's.
int primary_code(const failure& reason) {
  auto code = reason.context.find("sqlite_code");
  if (code == reason.context.end())
    return SQLITE_OK;
  const auto* number = code->second.as_integer();
  return number == nullptr ? SQLITE_OK : static_cast<int>(*number & 0xFF);
}

} // namespace

tl::unexpected<failure> engine_failure(const std::string& where, sqlite3* handle) {
  return fail(ec::store_failure, where + ": " + sqlite3_errmsg(handle) + reason_and_advice(handle),
              {{"file", where}, {"sqlite_code", sqlite3_extended_errcode(handle)}});
}

bool is_damage(const failure& reason) {
  const auto code = primary_code(reason);
  return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

bool is_unreadable(const failure& reason) {
  switch (primary_code(reason)) {
  case SQLITE_AUTH:
  case SQLITE_BUSY:
  case SQLITE_CANTOPEN:
  case SQLITE_FULL:
  case SQLITE_IOERR:
  case SQLITE_LOCKED:
  case SQLITE_NOLFS:
  case SQLITE_NOMEM:
  case SQLITE_PERM:
  case SQLITE_PROTOCOL:
  case SQLITE_READONLY:
    return true;
  default:
    return false;
  }
}

bool leaves_doubt(const failure& reason) {
  switch (primary_code(reason)) {
  case SQLITE_OK:
  case SQLITE_BUSY:
  case SQLITE_CONSTRAINT:
  case SQLITE_FULL:
  case SQLITE_INTERRUPT:
  case SQLITE_LOCKED:
  case SQLITE_READONLY:
  case SQLITE_TOOBIG:
    return false;
  default:
    return true;
  }
}

} // namespace lockstep::sqlite
