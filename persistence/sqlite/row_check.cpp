#include "persistence/sqlite/row_check.hpp"

#include "model/term/external_term_format.hpp"
#include "model/term/term_text.hpp"
#include "persistence/sqlite/schema.hpp"

#include <array>

namespace lockstep::sqlite {

namespace {

/// A number that is 0 in a sound file.
struct counted_fault {
  const char* query;
  const char* one;
  const char* many;
};

constexpr std::array counted_faults = {
    counted_fault{"SELECT count(*) FROM step WHERE instance NOT IN (SELECT id FROM instance) "
                  "AND instance NOT IN (SELECT instance FROM departed)",
                  "step of an instance that is not there", "steps of instances that are not there"},
    // Too few are found instance by instance.
    counted_fault{"SELECT max(0, (SELECT count(*) FROM step "
                  "WHERE instance IN (SELECT id FROM instance)) "
                  "- (SELECT coalesce(sum(max(steps, coalesce(t.number, 0))), 0) FROM instance "
                  "LEFT JOIN (SELECT instance, max(number) AS number FROM step "
                  "WHERE seq > (SELECT settled FROM store) GROUP BY instance) t "
                  "ON t.instance = id))",
                  "step more than its instances made", "steps more than its instances made"},
    counted_fault{"SELECT count(*) FROM departed WHERE instance IN (SELECT id FROM instance)",
                  "instance that is both there and deleted",
                  "instances that are both there and deleted"}};

/// Steps whose predecessor is there and is another one than their number says.
constexpr const char* misplaced_steps =
    "SELECT i.identifier, s.number FROM step s JOIN instance i ON i.id = s.instance "
    "LEFT JOIN step p ON p.seq = s.previous WHERE CASE WHEN s.previous = 0 THEN s.number != 1 "
    "ELSE s.previous >= s.seq OR p.instance != s.instance OR p.number != s.number - 1 END";

constexpr const char* strange_histories =
    "SELECT i.identifier, s.number FROM instance i JOIN step s ON s.seq = i.last_step "
    "WHERE s.instance != i.id";

/// Calls `find` for each row of an identifier and a number.
template <class Found>
result<void> each(database& db, const char* sql, const Found& found) {
  auto rows = db.prepare(sql);
  if (!rows)
    return tl::unexpected(rows.error());
  for (;;) {
    auto row = rows->next();
    if (!row)
      return tl::unexpected(row.error());
    if (!*row)
      return {};
    // One that is damaged is found with its instance.
    if (auto identifier = decode_etf(rows->bytes(0)))
      found("instance " + to_text(*identifier), std::to_string(rows->number(1)));
  }
}

} // namespace

result<bool> check_schema(database& db, const finding_function& find) {
  auto missing = missing_parts(db);
  if (!missing)
    return tl::unexpected(missing.error());
  auto has_tables = true;
  for (const auto& part : *missing) {
    find("lacks the " + part);
    has_tables = has_tables && !part.starts_with("table ");
  }
  return has_tables;
}

result<void> check_rows(database& db, const finding_function& find) {
  for (const auto& fault : counted_faults) {
    auto count = db.query_number(fault.query);
    if (!count)
      return tl::unexpected(count.error());
    if (*count != 0)
      find("has " + std::to_string(*count) + " " + (*count == 1 ? fault.one : fault.many));
  }
  if (auto done = each(db, misplaced_steps,
                       [&](const std::string& who, const std::string& number) {
                         find("has " + who + " with step " + number
                              + ", which does not follow the one before");
                       });
      !done)
    return done;
  return each(db, strange_histories, [&](const std::string& who, const std::string&) {
    find("has " + who + " with the history of another instance");
  });
}

} // namespace lockstep::sqlite
