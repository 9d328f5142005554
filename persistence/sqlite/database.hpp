#pragma once

#include "model/failure.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

struct sqlite3;
struct sqlite3_stmt;

namespace lockstep::sqlite {

class statement;

enum class if_missing { create, refuse };

/// One connection to a SQLite database. Not thread-safe.
///
/// `sqlite3.h` is included by database.cpp alone.
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
  /// From now on the log may be cleared when the connection is closed.
  [[nodiscard]] result<void> rewrite_log();

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
  friend class statement;
  struct closer {
    void operator()(sqlite3* handle) const noexcept;
  };
  std::unique_ptr<sqlite3, closer> handle_;
  std::filesystem::path path_;
};

/// A prepared statement, reset after each use. Must not outlive its database.
class statement {
public:
  statement() = default;

  /// Binds the parameters `?1`, `?2` … in order. Blobs and text are not copied: they must live
  /// until the statement has run. Unsigned numbers beyond 2^63 - 1 are bound as 2^63 - 1.
  template <class... Ts>
  statement& bind(const Ts&... values) {
    int index = 0;
    (bind_one(++index, values), ...);
    return *this;
  }

  /// Runs to the end. @returns `store_failure`, with nothing changed by this statement.
  [[nodiscard]] result<void> run();

  /// Moves to the next row; false, and reset, after the last one.
  [[nodiscard]] result<bool> next();

  /// Ends a reading early; the statement may then be bound again.
  void reset() noexcept;

  // -- columns of the current row, from 0; views live until the next call of `next` ---------------

  [[nodiscard]] bool is_null(int column) const noexcept;
  [[nodiscard]] std::int64_t number(int column) const noexcept;
  [[nodiscard]] std::string_view bytes(int column) const noexcept;
  [[nodiscard]] std::string text(int column) const { return std::string(bytes(column)); }

private:
  friend class database;

  struct blob_value {
    std::string_view bytes;
  };

public:
  /// Marks bytes to be bound as a blob instead of as text.
  [[nodiscard]] static blob_value blob(std::string_view bytes) noexcept { return {bytes}; }

private:
  void bind_one(int index, std::int64_t value) noexcept;
  void bind_one(int index, std::uint64_t value) noexcept;
  void bind_one(int index, std::string_view text) noexcept;
  void bind_one(int index, blob_value value) noexcept;
  void bind_one(int index, std::nullptr_t) noexcept;
  template <class T>
  void bind_one(int index, const std::optional<T>& value) noexcept {
    if (value)
      bind_one(index, *value);
    else
      bind_one(index, nullptr);
  }

  struct finalizer {
    void operator()(sqlite3_stmt* handle) const noexcept;
  };
  std::unique_ptr<sqlite3_stmt, finalizer> handle_;
  std::string where_;
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

/// The version of the SQLite library in use.
[[nodiscard]] std::string_view library_version() noexcept;

} // namespace lockstep::sqlite
