#include "persistence/sqlite/store_overview.hpp"

#include "persistence/sqlite/database.hpp"
#include "persistence/sqlite/lagging_rows.hpp"
#include "persistence/sqlite/names.hpp"
#include "persistence/sqlite/row_reader.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <utility>

namespace lockstep::sqlite {

namespace {

/// The first instance behind as many as a part shows at most.
result<std::optional<std::uint64_t>> first_after(database& db, const page_request& part) {
  auto query = db.prepare("SELECT id FROM instance WHERE id >= ?1 AND id <= ?2 ORDER BY id "
                          "LIMIT 1 OFFSET ?3");
  if (!query)
    return tl::unexpected(query.error());
  query->bind(part.from, part.until,
              std::min<std::uint64_t>(part.visit, std::numeric_limits<std::int64_t>::max()));
  return query->next().map([&](bool found) {
    return found ? std::optional{static_cast<std::uint64_t>(query->number(0))} : std::nullopt;
  });
}

result<std::vector<state_count>> count_states(database& db, const names& known,
                                              const lagging_rows& lagging, std::uint64_t from,
                                              std::uint64_t last) {
  auto query = db.prepare("SELECT id, specification, state, steps, times_late FROM instance "
                          "WHERE id >= ?1 AND id <= ?2");
  if (!query)
    return tl::unexpected(query.error());
  query->bind(from, last);
  std::map<std::pair<std::int64_t, std::int64_t>, state_count> counts;
  for (;;) {
    auto row = query->next();
    if (!row)
      return tl::unexpected(row.error());
    if (!*row)
      break;
    auto state = query->number(2);
    auto steps = static_cast<std::uint64_t>(query->number(3));
    if (const auto* at = lagging.ahead_of(static_cast<std::uint64_t>(query->number(0)), steps)) {
      state = at->state;
      steps = at->steps;
    }
    auto& count = counts[{query->number(1), state}];
    ++count.instances;
    count.steps += steps;
    count.times_late += static_cast<std::uint64_t>(query->number(4));
  }
  std::vector<state_count> all;
  for (auto& [names, count] : counts) {
    count.specification = known.name_of(names.first);
    count.state = known.name_of(names.second);
    all.push_back(std::move(count));
  }
  return all;
}

result<deviation_list> find_deviations(database& db, const names& known, std::uint64_t from,
                                       std::uint64_t last, std::size_t limit) {
  // Histories of deleted instances may still be there.
  auto total = db.prepare("SELECT count(*) FROM step WHERE verdict >= 2 "
                          "AND instance >= ?1 AND instance <= ?2 "
                          "AND instance NOT IN (SELECT instance FROM departed)");
  if (!total)
    return tl::unexpected(total.error());
  total->bind(from, last);
  if (auto counted = total->next(); !counted)
    return tl::unexpected(counted.error());
  deviation_list found;
  found.total = static_cast<std::uint64_t>(total->number(0));
  if (limit == 0 || found.total == 0)
    return found;
  auto query =
      db.prepare("SELECT i.identifier, i.specification, s.number, p.state, s.action, s.state, "
                 "s.at, s.verdict "
                 "FROM step s JOIN instance i ON i.id = s.instance "
                 "LEFT JOIN step p ON p.seq = s.previous "
                 "WHERE s.verdict >= 2 AND s.instance >= ?1 AND s.instance <= ?2 "
                 "ORDER BY s.instance, s.number LIMIT ?3");
  if (!query)
    return tl::unexpected(query.error());
  query->bind(from, last, std::min<std::uint64_t>(limit, std::numeric_limits<std::int64_t>::max()));
  auto first =
      collect_rows<deviating_step>(*query, [&](const statement& row) -> result<deviating_step> {
        return stored_term(db, row.bytes(0)).map([&](term identifier) {
          return deviating_step{std::move(identifier),
                                known.name_of(row.number(1)),
                                static_cast<std::uint64_t>(row.number(2)),
                                known.name_of(row.number(3)),
                                {known.name_of(row.number(4)), known.name_of(row.number(5)),
                                 to_timestamp(row.number(6)), static_cast<verdict>(row.number(7))}};
        });
      });
  if (!first)
    return tl::unexpected(first.error());
  found.first = std::move(*first);
  return found;
}

} // namespace

result<store_summary> summarise(database& db, const names& known, const lagging_rows& lagging,
                                const page_request& part, std::size_t max_deviations) {
  store_summary found;
  auto next = first_after(db, part);
  if (!next)
    return tl::unexpected(next.error());
  found.next = *next;
  const auto last = found.next ? *found.next - 1 : part.until;
  auto states = count_states(db, known, lagging, part.from, last);
  if (!states)
    return tl::unexpected(states.error());
  found.states = std::move(*states);
  auto deviations = find_deviations(db, known, part.from, last, max_deviations);
  if (!deviations)
    return tl::unexpected(deviations.error());
  found.deviations = std::move(*deviations);
  return found;
}

result<std::vector<implementation_model>> models(database& db, const names& known) {
  auto query = db.prepare("SELECT m.specification, m.learning, t.source, t.action, t.target "
                          "FROM model m LEFT JOIN model_transition t USING (specification)");
  if (!query)
    return tl::unexpected(query.error());
  std::map<std::string, implementation_model> by_name;
  for (;;) {
    auto row = query->next();
    if (!row)
      return tl::unexpected(row.error());
    if (!*row)
      break;
    const auto& specification = known.name_of(query->number(0));
    auto& model = by_name[specification];
    model.specification = specification;
    model.learning = query->number(1) != 0;
    if (!query->is_null(3))
      model.transitions.insert({known.name_of(query->number(2)), known.name_of(query->number(3)),
                                known.name_of(query->number(4))});
  }
  std::vector<implementation_model> rows;
  for (auto& [specification, model] : by_name)
    rows.push_back(std::move(model));
  return rows;
}

result<std::map<std::string, std::string>> specifications(database& db) {
  auto query = db.prepare("SELECT name, declaration FROM specification");
  if (!query)
    return tl::unexpected(query.error());
  using row_type = std::pair<std::string, std::string>;
  auto rows = collect_rows<row_type>(*query, [](const statement& row) -> result<row_type> {
    return row_type{row.text(0), row.text(1)};
  });
  return std::move(rows).map([](std::vector<row_type> read) {
    return std::map<std::string, std::string>(std::make_move_iterator(read.begin()),
                                              std::make_move_iterator(read.end()));
  });
}

result<std::vector<quarantined_instance>> quarantined(database& db) {
  auto query = db.prepare("SELECT identifier, reason, at FROM quarantine");
  if (!query)
    return tl::unexpected(query.error());
  const auto read = [&](const statement& row) -> result<quarantined_instance> {
    return stored_term(db, row.bytes(0)).map([&](term identifier) {
      return quarantined_instance{std::move(identifier), row.text(1), to_timestamp(row.number(2))};
    });
  };
  auto rows = collect_rows<quarantined_instance>(*query, read);
  if (rows)
    std::ranges::sort(*rows, {}, &quarantined_instance::identifier);
  return rows;
}

} // namespace lockstep::sqlite
