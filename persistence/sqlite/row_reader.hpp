#pragma once

#include "model/failure.hpp"
#include "model/term/term.hpp"
#include "model/time.hpp"
#include "persistence/sqlite/statement.hpp"
#include "persistence/stored_instance.hpp"

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace lockstep::sqlite {

class database;
class lagging_rows;
class names;

/// What `row_reader::instance` reads.
inline constexpr std::string_view select_instance =
    "SELECT id, identifier, specification, meta, state, steps, last_step_at, deadline, "
    "times_late FROM instance";

/// What `row_reader::operation` reads.
inline constexpr std::string_view select_operation =
    "SELECT id, step, verdict, at, identifier, answered FROM operation";

/// Points in time are stored in microseconds.
[[nodiscard]] inline timestamp to_timestamp(std::int64_t microseconds) {
  return timestamp{duration{microseconds}};
}

/// A term in external term format. @param what Names it in the error, `store_failure`.
[[nodiscard]] result<term> stored_term(const database& db, std::string_view bytes,
                                       const char* what = "identifier");

/// Makes values of a store's rows. Errors: `store_failure` for what is damaged.
class row_reader {
public:
  /// All must outlive this.
  row_reader(const database& db, const names& known, const lagging_rows& lagging) noexcept
      : db_(&db), names_(&known), lagging_(&lagging) {}

  /// As its steps say, if the row lags behind them.
  [[nodiscard]] result<stored_instance> instance(const statement& row) const;
  [[nodiscard]] result<stored_operation> operation(const statement& row) const;

private:
  const database* db_;
  const names* names_;
  const lagging_rows* lagging_;
};

/// Runs a query to its end, with `read(row)` for each row.
template <class Row, class Read>
result<std::vector<Row>> collect_rows(statement& query, Read read) {
  std::vector<Row> rows;
  for (;;) {
    auto more = query.next();
    if (!more)
      return tl::unexpected(more.error());
    if (!*more)
      return rows;
    auto row = read(query);
    if (!row) {
      query.reset();
      return tl::unexpected(row.error());
    }
    rows.push_back(std::move(*row));
  }
}

} // namespace lockstep::sqlite
