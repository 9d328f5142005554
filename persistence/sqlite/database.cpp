#include "persistence/sqlite/database.hpp"

#include "persistence/system_advice.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <limits>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace lockstep::sqlite {

namespace {

/// How long a writer waits for another process that holds the lock, in milliseconds.
constexpr int busy_timeout_ms = 2'000;

/// So many pages are copied between two reports of progress.
constexpr int pages_a_slice = 1'000;

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

tl::unexpected<failure> store_failure(const std::string& where, sqlite3* handle) {
  return fail(ec::store_failure, where + ": " + sqlite3_errmsg(handle) + reason_and_advice(handle),
              {{"file", where}, {"sqlite_code", sqlite3_extended_errcode(handle)}});
}

/// The engine's code without its details; SQLITE_OK if the failure is not the engine's.
int primary_code(const failure& reason) {
  auto code = reason.context.find("sqlite_code");
  if (code == reason.context.end())
    return SQLITE_OK;
  const auto* number = code->second.as_integer();
  return number == nullptr ? SQLITE_OK : static_cast<int>(*number & 0xFF);
}

/// How a file is opened.
enum class access_mode {
  writing,
  /// With its log, which somebody else may be writing to.
  reading,
  /// Nobody is writing to it, and nothing of it is in a log.
  reading_unchanged,
};

std::filesystem::path beside(std::filesystem::path file, const char* suffix) {
  file += suffix;
  return file;
}

/// May this process write to the file, and make others beside it?
bool may_write(const std::filesystem::path& path) {
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path{"."};
  return ::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) == 0
         && ::faccessat(AT_FDCWD, folder.c_str(), W_OK, AT_EACCESS) == 0;
}

/// How a file can be opened; if it is not there, opening it for writing tells.
access_mode possible_access(const std::filesystem::path& path) {
  struct statvfs mounted {};
  if (::statvfs(path.c_str(), &mounted) != 0)
    return access_mode::writing;
  const auto is_mounted_for_reading = (mounted.f_flag & ST_RDONLY) != 0;
  if (!is_mounted_for_reading && may_write(path))
    return access_mode::writing;
  std::error_code none;
  const auto bytes = std::filesystem::file_size(beside(path, "-wal"), none);
  if (none || (bytes == 0 && is_mounted_for_reading))
    return access_mode::reading_unchanged;
  // A process that is using the file has made both.
  const auto shared = std::filesystem::exists(beside(path, "-shm"), none);
  return bytes > 0 || shared ? access_mode::reading : access_mode::reading_unchanged;
}

/// A log can only be read with the file that its readers share, which only who may write there can
/// make.
bool lacks_shared_file(const std::filesystem::path& path) {
  std::error_code none;
  return !std::filesystem::exists(beside(path, "-shm"), none) && !none;
}

/// The file as SQLite is told that nobody changes it, so that it does without the files that it
/// needs beside it otherwise.
std::string as_immutable(const std::filesystem::path& path) {
  constexpr std::string_view plain =
      "/-_.~ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string uri = "file:";
  for (const char byte : std::filesystem::absolute(path).string()) {
    const auto number = static_cast<unsigned char>(byte);
    if (plain.find(byte) != std::string_view::npos)
      uri += byte;
    else
      uri.append({'%', digits[number >> 4U], digits[number & 15U]});
  }
  return uri + "?immutable=1";
}

/// Is there a log with something in it beside the file?
bool has_log(sqlite3* handle) {
  sqlite3_vfs* vfs = nullptr;
  const char* file = sqlite3_db_filename(handle, "main");
  if (file == nullptr
      || sqlite3_file_control(handle, "main", SQLITE_FCNTL_VFS_POINTER, static_cast<void*>(&vfs))
             != SQLITE_OK)
    return true;
  int found = 0;
  // On POSIX an empty file does not exist for SQLite.
  const auto code = vfs->xAccess(vfs, sqlite3_filename_wal(file), SQLITE_ACCESS_EXISTS, &found);
  return code != SQLITE_OK || found != 0;
}

/// SQLite counts its memory under one lock, which all shards' connections would share; nobody asks
/// for the numbers. Without effect in a process that used SQLite before.
void count_no_memory() {
  static const auto set = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)set;
}

} // namespace

void database::closer::operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }

result<database> database::open(const std::filesystem::path& path, if_missing otherwise,
                                const std::string& vfs) {
  count_no_memory();
  sqlite3* handle = nullptr;
  auto flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
  if (otherwise == if_missing::create)
    flags |= SQLITE_OPEN_CREATE;
  auto name = path.string();
  if (otherwise == if_missing::refuse && vfs.empty())
    switch (possible_access(path)) {
    case access_mode::writing:
      break;
    case access_mode::reading:
      if (lacks_shared_file(path))
        return fail(ec::store_failure,
                    path.string()
                        + " has changes in its write-ahead log, which cannot be read without "
                          "writing there; do this as a user who may write to the store, or start "
                          "and stop its node once");
      flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
      break;
    case access_mode::reading_unchanged:
      name = as_immutable(path);
      flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;
      break;
    }
  auto code = sqlite3_open_v2(name.c_str(), &handle, flags, vfs.empty() ? nullptr : vfs.c_str());
  database db;
  db.handle_.reset(handle);
  db.path_ = path;
  if (code != SQLITE_OK)
    return store_failure(path.string(), handle);
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, busy_timeout_ms);
  db.clear_log_on_close(!has_log(handle));
  return db;
}

bool database::is_read_only() const noexcept {
  return sqlite3_db_readonly(handle_.get(), "main") == 1;
}

void database::clear_log_on_close(bool clear) noexcept {
  sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, clear ? 0 : 1, nullptr);
}

result<void> database::rewrite_log() {
  // Nobody else writes meanwhile. This also opens the log.
  auto alone = transaction::begin(*this);
  if (!alone)
    return tl::unexpected(alone.error());
  sqlite3_file* log = nullptr;
  if (sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_JOURNAL_POINTER,
                           static_cast<void*>(&log))
      != SQLITE_OK)
    return last_failure();
  if (log == nullptr || log->pMethods == nullptr)
    return {};
  const auto failed = [&](const char* what, int code) {
    return fail(ec::store_failure,
                path_.string() + "-wal: cannot " + what + " it: " + sqlite3_errstr(code),
                {{"file", path_.string()}, {"sqlite_code", code}});
  };
  sqlite3_int64 size = 0;
  if (auto code = log->pMethods->xFileSize(log, &size); code != SQLITE_OK)
    return failed("measure", code);
  std::string bytes(std::size_t{1} << 16U, '\0');
  for (sqlite3_int64 at = 0; at < size;) {
    auto count = static_cast<int>(std::min(size - at, static_cast<sqlite3_int64>(bytes.size())));
    if (auto code = log->pMethods->xRead(log, bytes.data(), count, at); code != SQLITE_OK)
      return failed("read", code);
    if (auto code = log->pMethods->xWrite(log, bytes.data(), count, at); code != SQLITE_OK)
      return failed("write", code);
    at += count;
  }
  if (size > 0)
    if (auto code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL); code != SQLITE_OK)
      return failed("sync", code);
  clear_log_on_close(true);
  return {};
}

result<void> database::execute(const char* sql) {
  if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
    return last_failure();
  return {};
}

result<statement> database::prepare(std::string_view sql) {
  sqlite3_stmt* handle = nullptr;
  auto code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                 SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  if (code != SQLITE_OK)
    return last_failure();
  statement prepared;
  prepared.handle_.reset(handle);
  prepared.where_ = path_.string();
  return prepared;
}

result<std::int64_t> database::query_number(std::string_view sql) {
  auto query = prepare(sql);
  if (!query)
    return tl::unexpected(query.error());
  auto row = query->next();
  if (!row)
    return tl::unexpected(row.error());
  if (!*row)
    return fail(ec::store_failure, path_.string() + ": no row for " + std::string(sql));
  return query->number(0);
}

std::int64_t database::last_insert_rowid() const noexcept {
  return sqlite3_last_insert_rowid(handle_.get());
}

int database::changed_rows() const noexcept { return sqlite3_changes(handle_.get()); }

result<void>
database::copy_to(database& target,
                  const std::function<void(std::uint64_t done, std::uint64_t all)>& progress) {
  auto* copy = sqlite3_backup_init(target.handle_.get(), "main", handle_.get(), "main");
  if (copy == nullptr)
    return target.last_failure();
  auto code = SQLITE_OK;
  while (code == SQLITE_OK) {
    code = sqlite3_backup_step(copy, pages_a_slice);
    if (!progress)
      continue;
    const auto all = static_cast<std::uint64_t>(sqlite3_backup_pagecount(copy));
    progress(all - static_cast<std::uint64_t>(sqlite3_backup_remaining(copy)), all);
  }
  // What went wrong is the target's error then, whoever's fault it is.
  if (sqlite3_backup_finish(copy) != SQLITE_OK)
    return fail(ec::store_failure,
                path_.string() + " cannot be copied to " + target.path_.string() + ": "
                    + sqlite3_errmsg(target.handle_.get()),
                {{"file", path_.string()}, {"sqlite_code", code}});
  return {};
}

tl::unexpected<failure> database::last_failure() const {
  return store_failure(path_.string(), handle_.get());
}

void statement::finalizer::operator()(sqlite3_stmt* handle) const noexcept {
  sqlite3_finalize(handle);
}

result<void> statement::run() {
  auto code = sqlite3_step(handle_.get());
  while (code == SQLITE_ROW)
    code = sqlite3_step(handle_.get());
  if (code != SQLITE_DONE) {
    auto failed = store_failure(where_, sqlite3_db_handle(handle_.get()));
    reset();
    return failed;
  }
  reset();
  return {};
}

result<bool> statement::next() {
  switch (sqlite3_step(handle_.get())) {
  case SQLITE_ROW:
    return true;
  case SQLITE_DONE:
    reset();
    return false;
  default: {
    auto failed = store_failure(where_, sqlite3_db_handle(handle_.get()));
    reset();
    return failed;
  }
  }
}

void statement::reset() noexcept { sqlite3_reset(handle_.get()); }

bool statement::is_null(int column) const noexcept {
  return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}

std::int64_t statement::number(int column) const noexcept {
  return sqlite3_column_int64(handle_.get(), column);
}

std::string_view statement::bytes(int column) const noexcept {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(handle_.get(), column));
  auto size = sqlite3_column_bytes(handle_.get(), column);
  return data == nullptr ? std::string_view{}
                         : std::string_view{data, static_cast<std::size_t>(size)};
}

void statement::bind_one(int index, std::int64_t value) noexcept {
  sqlite3_bind_int64(handle_.get(), index, value);
}

void statement::bind_one(int index, std::uint64_t value) noexcept {
  constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
  sqlite3_bind_int64(handle_.get(), index, static_cast<std::int64_t>(std::min(value, largest)));
}

void statement::bind_one(int index, std::string_view text) noexcept {
  sqlite3_bind_text64(handle_.get(), index, text.data() == nullptr ? "" : text.data(), text.size(),
                      SQLITE_STATIC, SQLITE_UTF8);
}

void statement::bind_one(int index, blob_value value) noexcept {
  sqlite3_bind_blob64(handle_.get(), index, value.bytes.data() == nullptr ? "" : value.bytes.data(),
                      value.bytes.size(), SQLITE_STATIC);
}

void statement::bind_one(int index, std::nullptr_t) noexcept {
  sqlite3_bind_null(handle_.get(), index);
}

result<transaction> transaction::begin(database& db) {
  if (auto begun = db.execute("BEGIN IMMEDIATE"); !begun)
    return tl::unexpected(begun.error());
  return transaction{db};
}

transaction::~transaction() {
  // A failed rollback means that the engine has rolled back already.
  if (db_ != nullptr)
    (void)db_->execute("ROLLBACK");
}

result<void> transaction::commit() {
  if (auto committed = db_->execute("COMMIT"); !committed)
    return committed;
  db_ = nullptr;
  return {};
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

std::string_view library_version() noexcept { return sqlite3_libversion(); }

} // namespace lockstep::sqlite
