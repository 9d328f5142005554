#include "persistence/sqlite/row_reader.hpp"

#include "model/term/external_term_format.hpp"
#include "persistence/sqlite/database.hpp"
#include "persistence/sqlite/lagging_rows.hpp"
#include "persistence/sqlite/names.hpp"

#include <optional>
#include <utility>

namespace lockstep::sqlite {

result<term> stored_term(const database& db, std::string_view bytes, const char* what) {
  auto decoded = decode_etf(bytes);
  if (!decoded)
    return fail(ec::store_failure, db.path().string() + " holds a damaged " + what + " ("
                                       + decoded.error().message + "); restore it from a backup");
  return decoded;
}

result<stored_instance> row_reader::instance(const statement& row) const {
  auto identifier = stored_term(*db_, row.bytes(1));
  if (!identifier)
    return tl::unexpected(identifier.error());
  auto meta = stored_term(*db_, row.bytes(3), "meta");
  if (!meta)
    return tl::unexpected(meta.error());
  stored_instance read;
  read.number = static_cast<std::uint64_t>(row.number(0));
  read.head.identifier = std::move(*identifier);
  read.head.specification = names_->name_of(row.number(2));
  read.head.meta = std::move(*meta);
  read.head.step_count = static_cast<std::uint64_t>(row.number(5));
  const auto* at = lagging_->ahead_of(read.number, read.head.step_count);
  if (at != nullptr)
    read.head.step_count = at->steps;
  read.head.current_state = names_->name_of(at != nullptr ? at->state : row.number(4));
  read.head.last_step_at = to_timestamp(at != nullptr ? at->last_step_at : row.number(6));
  if (!row.is_null(7))
    read.deadline = to_timestamp(row.number(7));
  read.times_late = static_cast<std::uint64_t>(row.number(8));
  return read;
}

result<stored_operation> row_reader::operation(const statement& row) const {
  stored_operation read{row.text(0),
                        {static_cast<std::uint64_t>(row.number(1)),
                         static_cast<verdict>(row.number(2)), std::nullopt,
                         static_cast<step_reply>(row.number(5))},
                        to_timestamp(row.number(3))};
  if (row.is_null(4))
    return read;
  return stored_term(*db_, row.bytes(4)).map([&](term identifier) {
    read.recorded.identifier = std::move(identifier);
    return std::move(read);
  });
}

} // namespace lockstep::sqlite
