#include "persistence/sqlite/statement.hpp"

#include "persistence/sqlite/engine_failure.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <limits>

namespace lockstep::sqlite {

void statement::finalizer::operator()(sqlite3_stmt* handle) const noexcept {
  sqlite3_finalize(handle);
}

result<void> statement::run() {
  auto code = sqlite3_step(handle_.get());
  while (code == SQLITE_ROW)
    code = sqlite3_step(handle_.get());
  if (code != SQLITE_DONE) {
    auto failed = engine_failure(where_, sqlite3_db_handle(handle_.get()));
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
    auto failed = engine_failure(where_, sqlite3_db_handle(handle_.get()));
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

} // namespace lockstep::sqlite
