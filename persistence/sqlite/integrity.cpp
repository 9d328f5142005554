#include "persistence/sqlite/integrity.hpp"

#include <string>

namespace lockstep::sqlite {

result<void> check_integrity(database& db) {
  auto check = db.prepare("PRAGMA integrity_check(5)");
  if (!check)
    return tl::unexpected(check.error());
  std::string damages;
  for (;;) {
    auto row = check->next();
    if (!row && !is_damage(row.error()))
      return tl::unexpected(row.error());
    if (!row) {
      damages += (damages.empty() ? "" : "; ") + row.error().message;
      break;
    }
    if (!*row)
      break;
    if (auto found = check->text(0); found != "ok")
      damages += (damages.empty() ? "" : "; ") + found;
  }
  if (damages.empty())
    return {};
  return fail(ec::store_failure,
              db.path().string() + " is damaged (" + damages + "); restore it from a backup");
}

} // namespace lockstep::sqlite
