#pragma once

#include "model/failure.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3_stmt;

namespace lockstep::sqlite {

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

} // namespace lockstep::sqlite
