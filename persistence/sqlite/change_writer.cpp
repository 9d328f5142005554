#include "persistence/sqlite/change_writer.hpp"

#include "model/term/external_term_format.hpp"
#include "model/term/term_text.hpp"

#include <array>
#include <utility>

namespace lockstep::sqlite {

namespace {

std::int64_t to_number(timestamp at) { return at.time_since_epoch().count(); }

} // namespace

result<void> change_writer::prepare(database& db, names& known) {
  db_ = &db;
  names_ = &known;
  const std::array<std::pair<statement*, const char*>, 10> statements{{
      {&insert_instance_, "INSERT INTO instance (identifier, specification, meta, state, steps, "
                          "last_step_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"},
      {&update_instance_, "UPDATE instance SET state = ?2, steps = ?3, last_step_at = ?4, "
                          "deadline = ?5 WHERE identifier = ?1 AND steps = ?3 - 1 RETURNING id"},
      {&insert_step_, "INSERT INTO step (instance, number, action, state, at, verdict) "
                      "VALUES (?1, ?2, ?3, ?4, ?5, ?6)"},
      {&insert_operation_, "INSERT OR REPLACE INTO operation (id, step, verdict, at) "
                           "VALUES (?1, ?2, ?3, ?4)"},
      {&mark_late_, "UPDATE instance SET deadline = NULL, times_late = times_late + 1 "
                    "WHERE identifier = ?1 RETURNING id"},
      {&delete_instance_, "DELETE FROM instance WHERE identifier = ?1 RETURNING id"},
      {&delete_steps_, "DELETE FROM step WHERE instance = ?1"},
      {&put_model_, "INSERT OR REPLACE INTO model (specification, learning) VALUES (?1, ?2)"},
      {&find_model_, "SELECT 1 FROM model WHERE specification = ?1"},
      {&learn_transition_, "INSERT OR IGNORE INTO model_transition (specification, source, action, "
                           "target) VALUES (?1, ?2, ?3, ?4)"},
  }};
  for (const auto& [target, sql] : statements) {
    auto prepared = db.prepare(sql);
    if (!prepared)
      return tl::unexpected(prepared.error());
    *target = std::move(*prepared);
  }
  return {};
}

result<void> change_writer::write(const batch& changes) {
  for (const auto& one : changes)
    if (auto written = std::visit([this](const auto& row) { return write(row); }, one); !written)
      return written;
  return {};
}

result<void> change_writer::write(const put_instance& put) {
  auto key = encode_etf(put.head.identifier);
  if (auto forgotten = forget(key); !forgotten)
    return forgotten;
  auto specification = names_->number_of(put.head.specification);
  if (!specification)
    return tl::unexpected(specification.error());
  auto state = names_->number_of(put.head.current_state);
  if (!state)
    return tl::unexpected(state.error());
  auto meta = encode_etf(put.head.meta);
  return insert_instance_
      .bind(statement::blob(key), *specification, statement::blob(meta), *state,
            put.head.step_count, to_number(put.head.last_step_at))
      .run();
}

result<void> change_writer::write(const append_step& append) {
  auto action = names_->number_of(append.step.action);
  if (!action)
    return tl::unexpected(action.error());
  auto state = names_->number_of(append.step.to);
  if (!state)
    return tl::unexpected(state.error());
  auto at = to_number(append.step.at);
  auto verdict = static_cast<std::int64_t>(append.step.outcome);
  auto deadline = append.deadline ? std::optional{to_number(*append.deadline)} : std::nullopt;
  auto key = encode_etf(append.identifier);
  update_instance_.bind(statement::blob(key), *state, append.number, at, deadline);
  auto row = changed_row(update_instance_, append.identifier);
  if (!row)
    return tl::unexpected(row.error());
  if (auto inserted = insert_step_.bind(*row, append.number, *action, *state, at, verdict).run();
      !inserted || append.operation_id.empty())
    return inserted;
  return insert_operation_
      .bind(statement::blob(append.operation_id), append.number,
            static_cast<std::int64_t>(append.operation_outcome), at)
      .run();
}

result<void> change_writer::write(const mark_late& late) {
  auto key = encode_etf(late.identifier);
  mark_late_.bind(statement::blob(key));
  auto row = changed_row(mark_late_, late.identifier);
  return row ? result<void>{} : tl::unexpected(row.error());
}

result<void> change_writer::write(const delete_instance& gone) {
  return forget(encode_etf(gone.identifier));
}

result<void> change_writer::write(const put_model& put) {
  auto specification = names_->number_of(put.specification);
  if (!specification)
    return tl::unexpected(specification.error());
  return put_model_.bind(*specification, std::int64_t{put.learning ? 1 : 0}).run();
}

result<void> change_writer::write(const learn_transition& learn) {
  std::array<std::int64_t, 4> numbers{};
  const std::array<std::string_view, 4> texts{learn.specification, learn.learned.from,
                                              learn.learned.action, learn.learned.to};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    auto number = names_->number_of(texts[i]);
    if (!number)
      return tl::unexpected(number.error());
    numbers[i] = *number;
  }
  find_model_.bind(numbers[0]);
  auto model = find_model_.next();
  if (!model)
    return tl::unexpected(model.error());
  if (!*model)
    return fail(ec::store_failure, db_->path().string() + " has no model of " + learn.specification
                                       + " that could learn");
  find_model_.reset();
  return learn_transition_.bind(numbers[0], numbers[1], numbers[2], numbers[3]).run();
}

result<void> change_writer::forget(std::string_view key) {
  delete_instance_.bind(statement::blob(key));
  auto deleted = delete_instance_.next();
  if (!deleted)
    return tl::unexpected(deleted.error());
  if (!*deleted)
    return {};
  auto row = delete_instance_.number(0);
  delete_instance_.reset();
  return delete_steps_.bind(row).run();
}

result<std::int64_t> change_writer::changed_row(statement& update, const term& identifier) {
  auto changed = update.next();
  if (!changed)
    return tl::unexpected(changed.error());
  if (!*changed)
    return fail(ec::store_failure, db_->path().string() + " has no instance " + to_text(identifier)
                                       + " that the change applies to");
  auto row = update.number(0);
  update.reset();
  return row;
}

} // namespace lockstep::sqlite
