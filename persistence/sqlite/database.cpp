#include "persistence/sqlite/database.hpp"

#include "persistence/sqlite/engine_failure.hpp"
#include "persistence/sqlite/file_access.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <string_view>

namespace lockstep::sqlite {

namespace {

/// How long a writer waits for another process that holds the lock, in milliseconds.
constexpr int busy_timeout_ms = 2'000;

/// So many pages are copied between two reports of progress.
constexpr int pages_a_slice = 1'000;

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

/// How far the log was moved into the file, and how long it is; in pages.
struct log_position {
  std::uint32_t moved = 0;
  std::uint32_t pages = 0;
};

/// What the connections share of the log. The places are those that SQLite's documentation of the
/// format names (https://www.sqlite.org/walformat.html): `mxFrame` and `nBackfill`.
log_position position_of(sqlite3_file& file) {
  constexpr int region_size = 32 * 1024;
  constexpr std::size_t place_of_pages = 16;
  constexpr std::size_t place_of_moved = 96;
  void volatile* shared = nullptr;
  if (file.pMethods == nullptr || file.pMethods->iVersion < 2
      || file.pMethods->xShmMap(&file, 0, region_size, 0, &shared) != SQLITE_OK
      || shared == nullptr)
    return {};
  const auto number_at = [&](std::size_t place) {
    return *reinterpret_cast<const volatile std::uint32_t*>(
        static_cast<const volatile char*>(shared) + place);
  };
  return {number_at(place_of_moved), number_at(place_of_pages)};
}

/// Whether the file has a write-ahead log: an empty one has none yet, and what connections share of
/// a log that is not there would never be closed.
result<bool> keeps_log(database& db) {
  auto mode = db.prepare("PRAGMA journal_mode");
  if (!mode)
    return tl::unexpected(mode.error());
  return mode->next().map([&](bool found) { return found && mode->text(0) == "wal"; });
}

/// SQLite counts its memory under one lock, which all shards' connections would share; nobody asks
/// for the numbers. Without effect in a process that used SQLite before.
void count_no_memory() {
  static const auto set = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)set;
}

} // namespace

struct database::log_state {
  bool may_be_moved = false;
  /// Nothing is moved while the log has fewer pages; 0: never.
  int least = 0;
  /// After the last commit.
  int pages = 0;
  int pages_at_first = 0;

  [[nodiscard]] bool is_due() const noexcept { return least > 0 && pages >= least; }

  /// It grew to a multiple of what is moved otherwise, and of what it was.
  [[nodiscard]] bool is_stuck() const noexcept {
    constexpr int patience = 4;
    return is_due() && !may_be_moved && pages / patience >= least && pages / 2 >= pages_at_first;
  }

  /// SQLite calls it after each commit, and the commit fails with what it returns.
  static int committed(void* state, sqlite3* handle, const char* name, int pages) {
    auto& log = *static_cast<log_state*>(state);
    log.pages = pages;
    if (!log.is_due() || !log.may_be_moved)
      return SQLITE_OK;
    const auto code =
        sqlite3_wal_checkpoint_v2(handle, name, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    // Others, such as that of a full disk, leave nothing unsynced: the next commit tries again.
    return (code & 0xFF) == SQLITE_IOERR ? code : SQLITE_OK;
  }
};

void database::log_state_deleter::operator()(log_state* state) const noexcept { delete state; }

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
    return engine_failure(path.string(), handle);
  db.log_.reset(new log_state);
  sqlite3_wal_hook(handle, &log_state::committed, db.log_.get());
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
  auto has_log = keeps_log(*this);
  if (!has_log)
    return tl::unexpected(has_log.error());
  sqlite3_file* log = nullptr;
  if (sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_JOURNAL_POINTER,
                           static_cast<void*>(&log))
      != SQLITE_OK)
    return last_failure();
  if (!*has_log || log == nullptr || log->pMethods == nullptr) {
    log_->may_be_moved = true;
    return {};
  }
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
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_FILE_POINTER,
                           static_cast<void*>(&file))
          != SQLITE_OK
      || file == nullptr)
    return last_failure();
  const auto position = position_of(*file);
  // What was moved in part may not be on the disk.
  log_->may_be_moved = position.moved == 0 || position.moved == position.pages;
  log_->pages_at_first = static_cast<int>(position.pages);
  clear_log_on_close(log_->may_be_moved);
  return {};
}

void database::move_log_each(int pages) noexcept { log_->least = pages; }

bool database::may_move_log() const noexcept { return log_->may_be_moved; }

bool database::wants_to_be_reopened() const noexcept { return log_->is_stuck(); }

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
  return engine_failure(path_.string(), handle_.get());
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

std::string_view library_version() noexcept { return sqlite3_libversion(); }

} // namespace lockstep::sqlite
