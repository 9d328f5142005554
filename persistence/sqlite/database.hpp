#pragma once

#include "model/failure.hpp"
#include "persistence/sqlite/engine_failure.hpp"
#include "persistence/sqlite/statement.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

struct sqlite3;

namespace lockstep::sqlite {

enum class if_missing { create, refuse };

/// One connection to a SQLite database. Not thread-safe.
///
/// What is committed goes to the write-ahead log, and is moved from there into the file now and
/// then (a checkpoint). SQLite's own way of that is not safe after a failed sync: what it moves
/// while somebody reads an older state is not synced at once, and never written again. If the sync
/// at the end fails, the next one succeeds without it, and then the log that has it is overwritten.
/// So here
///
///  - a commit after which the log cannot be moved for an error of the disk fails with that error,
///    though it is durable: the connection must not be used any more, see `reopened`
///  - whoever opens the file next begins again with the whole log. As long as that cannot be, since
///    other processes keep the file open and with it what they know of the log, nothing is moved,
///    and the log grows.
///
/// `sqlite3.h` is included by database.cpp, statement.cpp and engine_failure.cpp alone.
class database {
public:
  /// Opens the file. One that is there, but cannot be written by this process, is opened for
  /// reading; if its write-ahead log has something, this takes the file that readers of the log
  /// share (`-shm`). A log that is there stays when the connection is closed, see `rewrite_log`.
  /// @param vfs SQLite's name of the file system to use; empty: that of the machine.
  /// @returns `store_failure` with the path and the engine's message.
  [[nodiscard]] static result<database> open(const std::filesystem::path& path,
                                             if_missing otherwise = if_missing::create,
                                             const std::string& vfs = {});

  /// Could the file be opened for reading only?
  [[nodiscard]] bool is_read_only() const noexcept;

  /// Writes the write-ahead log again as it is read, and syncs it. After that what this connection
  /// sees is on the disk. Not obvious otherwise: after a failed sync the system may hold what was
  /// written in memory only, and forget that the disk does not have it; the next sync succeeds.
  /// From now on the log may be moved into the file, if all of it can: now and then, see
  /// `move_log_each`, and when the connection is closed.
  [[nodiscard]] result<void> rewrite_log();

  /// Moves the log into the file with each commit that leaves so many pages or more in it. Before
  /// this is called nothing is moved.
  void move_log_each(int pages) noexcept;

  /// Is all that was moved into the file so far on the disk? If not, the log must not be moved. Not
  /// known, and false, before `rewrite_log`.
  [[nodiscard]] bool may_move_log() const noexcept;

  /// Does the log grow since it cannot be moved, so that it is time to open the file anew and see
  /// whether it can be then?
  [[nodiscard]] bool wants_to_be_reopened() const noexcept;

  /// Whether the last connection, when it is closed, moves what the log has into the file and
  /// removes the log. Only for a connection whose log is known to be on the disk: else the file may
  /// get parts of a transaction of which the disk has nothing.
  void clear_log_on_close(bool clear) noexcept;

  /// Runs statements that return no rows.
  [[nodiscard]] result<void> execute(const char* sql);

  [[nodiscard]] result<statement> prepare(std::string_view sql);

  /// The first column of the first row as a number. @returns an error also if there is no row.
  [[nodiscard]] result<std::int64_t> query_number(std::string_view sql);

  [[nodiscard]] std::int64_t last_insert_rowid() const noexcept;
  /// By the last statement that inserted, updated or deleted.
  [[nodiscard]] int changed_rows() const noexcept;

  /// Writes all of this database over `target`, slice by slice, which is durable when it returns.
  /// Others may write to this database meanwhile: within a transaction, what is copied is as it was
  /// when that began; without one, the copy begins anew with each of their commits.
  /// @param progress Told the pages that are copied and those that there are. May be empty.
  [[nodiscard]] result<void>
  copy_to(database& target,
          const std::function<void(std::uint64_t done, std::uint64_t all)>& progress);

  /// The `store_failure` for what the engine reported last.
  [[nodiscard]] tl::unexpected<failure> last_failure() const;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
  struct closer {
    void operator()(sqlite3* handle) const noexcept;
  };
  /// Whether and when the log is moved.
  struct log_state;
  struct log_state_deleter {
    void operator()(log_state* state) const noexcept;
  };
  /// SQLite has its address. Goes after the connection.
  std::unique_ptr<log_state, log_state_deleter> log_;
  std::unique_ptr<sqlite3, closer> handle_;
  std::filesystem::path path_;
};

/// A write transaction: rolled back unless it was committed.
class transaction {
public:
  /// `BEGIN IMMEDIATE`: a second writer is noticed here and not half-way.
  [[nodiscard]] static result<transaction> begin(database& db);
  transaction(transaction&& other) noexcept : db_(std::exchange(other.db_, nullptr)) {}
  transaction& operator=(transaction&&) = delete;
  ~transaction();

  [[nodiscard]] result<void> commit();

private:
  explicit transaction(database& db) : db_(&db) {}
  database* db_;
};

/// The version of the SQLite library in use.
[[nodiscard]] std::string_view library_version() noexcept;

} // namespace lockstep::sqlite
