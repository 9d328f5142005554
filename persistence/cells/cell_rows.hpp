#pragma once

#include "model/cells/binary_list.hpp"
#include "persistence/sqlite/database.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace lockstep::sqlite {

/// A key as rows have it: canonical external term format.
[[nodiscard]] std::string bytes_of(const binary_list& key);

/// @param where Says where the key is. Errors: `store_failure`.
[[nodiscard]] result<binary_list> read_key(const database& db, std::string_view bytes,
                                           const std::function<std::string()>& where);

/// The `store_failure` of a row that cannot be read.
[[nodiscard]] tl::unexpected<failure> damaged(const database& db, std::string_view what,
                                              const std::string& why, const std::string& where);

/// Calls a function for each row of a query that has its parameters, until it fails. Errors: its
/// own, and those of the query.
template <class F>
result<void> each(statement& query, F row) {
  for (;;) {
    auto more = query.next();
    if (!more)
      return tl::unexpected(more.error());
    if (!*more)
      return {};
    if (result<void> read = row(); !read) {
      query.reset();
      return read;
    }
  }
}

} // namespace lockstep::sqlite
