#include "persistence/cells/call_table.hpp"

#include "model/in_quotes.hpp"
#include "persistence/cells/cell_rows.hpp"

#include <utility>

namespace lockstep::sqlite {

namespace {

using kind = cell_call::kind;

bool is_about_slot(kind what) { return what != kind::advance_watermark; }

result<kind> kind_of(std::int64_t number) {
  if (number < static_cast<std::int64_t>(kind::reserve)
      || number > static_cast<std::int64_t>(kind::advance_watermark))
    return fail(ec::store_failure, "there is no kind " + std::to_string(number));
  return static_cast<kind>(number);
}

} // namespace

result<call_table> call_table::open(database& db) {
  call_table made;
  const std::pair<statement*, const char*> statements[] = {
      {&made.remember_, "INSERT INTO call (shard, operation_id, kind, cell, height) "
                        "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING"},
      {&made.forget_, "DELETE FROM call WHERE shard = ?1 AND height < ?2"},
      {&made.all_, "SELECT operation_id, kind, cell, height FROM call WHERE shard = ?1"},
  };
  for (const auto& [target, sql] : statements) {
    auto prepared = db.prepare(sql);
    if (!prepared)
      return tl::unexpected(prepared.error());
    *target = std::move(*prepared);
  }
  return made;
}

result<void> call_table::remember(std::int64_t shard, const remember_call& made) {
  const auto& call = made.call;
  const auto cell = is_about_slot(call.what) ? bytes_of(call.key) : std::string{};
  return remember_
      .bind(shard, made.operation_id, static_cast<std::int64_t>(call.what), statement::blob(cell),
            call.height)
      .run();
}

result<void> call_table::forget(std::int64_t shard, std::uint64_t below) {
  return forget_.bind(shard, below).run();
}

result<std::map<std::string, cell_call>> call_table::load(const database& db, std::int64_t shard,
                                                          const std::string& shard_name) {
  std::map<std::string, cell_call> calls;
  all_.bind(shard);
  auto read = each(all_, [&]() -> result<void> {
    const auto operation_id = all_.text(0);
    const auto where = [&] {
      return "operation id " + in_quotes(operation_id) + " in shard " + shard_name;
    };
    auto what = kind_of(all_.number(1));
    if (!what)
      return damaged(db, "call", what.error().message, where());
    cell_call call{*what, {}, static_cast<std::uint64_t>(all_.number(3))};
    if (is_about_slot(*what)) {
      auto key = read_key(db, all_.bytes(2), where);
      if (!key)
        return tl::unexpected(key.error());
      call.key = std::move(*key);
    }
    calls.emplace(operation_id, std::move(call));
    return {};
  });
  if (!read)
    return tl::unexpected(read.error());
  return calls;
}

} // namespace lockstep::sqlite
