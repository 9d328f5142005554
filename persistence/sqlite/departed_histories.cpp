#include "persistence/sqlite/departed_histories.hpp"

#include "persistence/sqlite/database.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace lockstep::sqlite {

namespace {

/// The last steps of an instance from a given one back, at most as many.
constexpr std::string_view last_steps =
    "WITH RECURSIVE chain (seq, previous) AS ("
    "SELECT seq, previous FROM step WHERE seq = ?1 UNION ALL "
    "SELECT s.seq, s.previous FROM step s JOIN chain c ON s.seq = c.previous "
    "WHERE c.previous < c.seq LIMIT ?2) ";

} // namespace

result<void> departed_histories::prepare(database& db) {
  auto rest =
      db.prepare(std::string(last_steps) + "SELECT previous FROM chain ORDER BY seq LIMIT 1");
  if (!rest)
    return tl::unexpected(rest.error());
  auto removal =
      db.prepare(std::string(last_steps) + "DELETE FROM step WHERE seq IN (SELECT seq FROM chain)");
  if (!removal)
    return tl::unexpected(removal.error());
  find_rest_ = std::move(*rest);
  delete_steps_ = std::move(*removal);
  return {};
}

result<bool> departed_histories::collect(database& db, std::size_t steps) {
  auto departed = db.query_number("SELECT coalesce(min(instance), 0) FROM departed");
  if (!departed || *departed == 0)
    return departed.map([](std::int64_t) { return false; });
  const auto whose = " WHERE instance = " + std::to_string(*departed);
  auto change = transaction::begin(db);
  if (!change)
    return tl::unexpected(change.error());
  auto last = db.query_number("SELECT last_step FROM departed" + whose);
  if (!last)
    return tl::unexpected(last.error());
  const auto limit = static_cast<std::uint64_t>(std::max<std::size_t>(steps, 1));
  find_rest_.bind(*last, limit);
  auto found = find_rest_.next();
  if (!found)
    return tl::unexpected(found.error());
  const auto rest = *found ? find_rest_.number(0) : 0;
  find_rest_.reset();
  if (auto done = delete_steps_.bind(*last, limit).run(); !done)
    return tl::unexpected(done.error());
  const auto noted = rest == 0 ? "DELETE FROM departed" + whose
                               : "UPDATE departed SET last_step = " + std::to_string(rest) + whose;
  if (auto done = db.execute(noted.c_str()); !done)
    return tl::unexpected(done.error());
  if (auto done = change->commit(); !done)
    return tl::unexpected(done.error());
  return db.query_number("SELECT EXISTS (SELECT 1 FROM departed)").map([](std::int64_t more) {
    return more != 0;
  });
}

} // namespace lockstep::sqlite
