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

/// 0: there is none.
result<std::int64_t> next_departed(database& db) {
  return db.query_number("SELECT coalesce(min(instance), 0) FROM departed");
}

} // namespace

result<void> departed_histories::prepare(database& db) {
  auto found = db.prepare(std::string(last_steps)
                          + "SELECT previous, count(*), min(seq) FROM chain"); // that of the first
  if (!found)
    return tl::unexpected(found.error());
  auto removal =
      db.prepare(std::string(last_steps) + "DELETE FROM step WHERE seq IN (SELECT seq FROM chain)");
  if (!removal)
    return tl::unexpected(removal.error());
  find_steps_ = std::move(*found);
  delete_steps_ = std::move(*removal);
  return {};
}

result<bool> departed_histories::collect(database& db, std::size_t steps) {
  auto departed = next_departed(db);
  if (!departed || *departed == 0)
    return departed.map([](std::int64_t) { return false; });
  auto change = transaction::begin(db);
  if (!change)
    return tl::unexpected(change.error());
  for (auto left = static_cast<std::uint64_t>(std::max<std::size_t>(steps, 1));
       left > 0 && departed && *departed != 0; departed = next_departed(db)) {
    auto freed = free_last_steps(db, *departed, left);
    if (!freed)
      return tl::unexpected(freed.error());
    left -= std::clamp<std::uint64_t>(*freed, 1, left);
  }
  if (!departed)
    return tl::unexpected(departed.error());
  if (auto done = change->commit(); !done)
    return tl::unexpected(done.error());
  return *departed != 0;
}

result<std::uint64_t> departed_histories::free_last_steps(database& db, std::int64_t instance,
                                                          std::uint64_t limit) {
  const auto whose = " WHERE instance = " + std::to_string(instance);
  auto last = db.query_number("SELECT last_step FROM departed" + whose);
  if (!last)
    return tl::unexpected(last.error());
  find_steps_.bind(*last, limit);
  if (auto found = find_steps_.next(); !found)
    return tl::unexpected(found.error());
  const auto rest = find_steps_.number(0);
  const auto count = static_cast<std::uint64_t>(find_steps_.number(1));
  find_steps_.reset();
  if (auto done = delete_steps_.bind(*last, limit).run(); !done)
    return tl::unexpected(done.error());
  const auto noted = rest == 0 ? "DELETE FROM departed" + whose
                               : "UPDATE departed SET last_step = " + std::to_string(rest) + whose;
  return db.execute(noted.c_str()).map([&] { return count; });
}

} // namespace lockstep::sqlite
