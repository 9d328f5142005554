#include "persistence/sqlite/integrity.hpp"

#include "persistence/sqlite/engine_failure.hpp"

#include <string>

namespace lockstep::sqlite {

namespace {

/// What the engine says of a damage, on one line, without the file's name and without advice.
std::string plain_damage(std::string told, const std::string& file) {
  for (const auto& known : {file + ": ", std::string{"*** in database main ***\n"}})
    if (told.starts_with(known))
      told.erase(0, known.size());
  if (const auto advice = told.find("; "); advice != std::string::npos)
    told.erase(advice);
  for (auto end = told.find('\n'); end != std::string::npos; end = told.find('\n', end))
    told.replace(end, 1, ", ");
  return told;
}

} // namespace

result<void> check_integrity(database& db) {
  auto check = db.prepare("PRAGMA integrity_check(5)");
  if (!check)
    return tl::unexpected(check.error());
  std::string damages;
  const auto add = [&](const std::string& told) {
    damages += (damages.empty() ? "" : ", ") + plain_damage(told, db.path().string());
  };
  for (;;) {
    auto row = check->next();
    if (!row && !is_damage(row.error()))
      return tl::unexpected(row.error());
    if (!row) {
      add(row.error().message);
      break;
    }
    if (!*row)
      break;
    if (auto found = check->text(0); found != "ok")
      add(found);
  }
  if (damages.empty())
    return {};
  return fail(ec::store_failure, db.path().string() + " is damaged (" + damages
                                     + "); restore the store from a backup");
}

} // namespace lockstep::sqlite
