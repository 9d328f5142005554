#include "persistence/sqlite/change_writer.hpp"

#include "model/term/external_term_format.hpp"
#include "model/term/term_text.hpp"

#include <array>
#include <utility>

namespace lockstep::sqlite {

namespace {

std::int64_t to_number(timestamp at) { return at.time_since_epoch().count(); }

/// A longer history is not deleted with its instance, which would hold up everybody else, but
/// little by little afterwards.
constexpr std::uint64_t long_history = 50;

} // namespace

result<void> change_writer::prepare(database& db, names& known, lagging_rows& lagging) {
  db_ = &db;
  names_ = &known;
  lagging_ = &lagging;
  const std::array<std::pair<statement*, const char*>, 22> statements{{
      {&insert_instance_, "INSERT INTO instance (identifier, specification, meta, state, steps, "
                          "last_step_at, deadline, times_late, id, last_step) "
                          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"},
      {&find_row_, "SELECT id FROM instance WHERE identifier = ?1"},
      {&set_last_step_, "UPDATE instance SET last_step = ?2 WHERE id = ?1"},
      {&find_position_, "SELECT steps, last_step, deadline FROM instance WHERE id = ?1"},
      {&update_instance_, "UPDATE instance SET state = ?2, steps = ?3, last_step_at = ?4, "
                          "deadline = ?5, last_step = ?6 WHERE id = ?1"},
      {&insert_step_, "INSERT INTO step (instance, number, previous, action, state, at, verdict) "
                      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"},
      {&insert_operation_, "INSERT OR REPLACE INTO operation (id, step, verdict, at, identifier, "
                           "answered) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"},
      {&mark_late_, "UPDATE instance SET deadline = NULL, times_late = times_late + 1 "
                    "WHERE identifier = ?1 RETURNING id"},
      {&delete_instance_,
       "DELETE FROM instance WHERE identifier = ?1 RETURNING id, steps, last_step"},
      {&delete_steps_, "WITH RECURSIVE chain (seq) AS (VALUES (?1) UNION ALL "
                       "SELECT s.previous FROM step s JOIN chain c ON s.seq = c.seq "
                       "WHERE s.previous < s.seq) DELETE FROM step WHERE seq IN chain"},
      {&insert_departed_, "INSERT INTO departed (instance, last_step) VALUES (?2, ?1)"},
      {&forget_operation_, "DELETE FROM operation WHERE id = ?1"},
      {&drop_deadlines_, "UPDATE instance SET deadline = NULL WHERE deadline <= ?1"},
      {&clear_model_, "DELETE FROM model_transition WHERE specification = ?1"},
      {&put_specification_, "INSERT OR REPLACE INTO specification (name, declaration) "
                            "VALUES (?1, ?2)"},
      {&drop_specification_, "DELETE FROM specification WHERE name = ?1"},
      {&put_model_, "INSERT OR REPLACE INTO model (specification, learning) VALUES (?1, ?2)"},
      {&find_model_, "SELECT 1 FROM model WHERE specification = ?1"},
      {&learn_transition_, "INSERT OR IGNORE INTO model_transition (specification, source, action, "
                           "target) VALUES (?1, ?2, ?3, ?4)"},
      {&quarantine_, "INSERT OR REPLACE INTO quarantine (identifier, reason, at) "
                     "VALUES (?1, ?2, ?3)"},
      {&end_deadline_, "UPDATE instance SET deadline = NULL WHERE identifier = ?1"},
      {&release_, "DELETE FROM quarantine WHERE identifier = ?1"},
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
  open_.clear();
  open_places_.clear();
  for (const auto& one : changes)
    if (auto written = std::visit([this](const auto& row) { return write(row); }, one); !written)
      return written;
  return settle();
}

result<void> change_writer::write(const put_instance& put) {
  if (put.number == 0) {
    auto key = encode_etf(put.head.identifier);
    return settle().and_then([&] { return forget(key); }).and_then([&] {
      return insert(std::nullopt, put.head, key, std::nullopt, 0);
    });
  }
  auto state = names_->number_of(put.head.current_state);
  if (!state)
    return tl::unexpected(state.error());
  open_places_.emplace(put.number, open_.size());
  open_.push_back({put.number, &put.head.identifier, &put.head, put.head.step_count, 0, *state,
                   to_number(put.head.last_step_at), std::nullopt, false});
  return {};
}

result<void> change_writer::insert(std::optional<std::uint64_t> number, const instance_head& head,
                                   std::string_view key, std::optional<timestamp> deadline,
                                   std::uint64_t times_late, std::int64_t last_step) {
  auto specification = names_->number_of(head.specification);
  if (!specification)
    return tl::unexpected(specification.error());
  auto state = names_->number_of(head.current_state);
  if (!state)
    return tl::unexpected(state.error());
  auto meta = encode_etf(head.meta);
  auto due = deadline ? std::optional{to_number(*deadline)} : std::nullopt;
  return insert_instance_
      .bind(statement::blob(key), *specification, statement::blob(meta), *state, head.step_count,
            to_number(head.last_step_at), due, times_late, number, last_step)
      .run();
}

result<void> change_writer::write(const restore_instance& restored) {
  const auto& [head, due, times_late, elsewhere] = restored.instance;
  if (restored.steps.size() != head.step_count)
    return fail(ec::store_failure,
                "instance " + to_text(head.identifier) + " does not come with all its steps");
  auto key = encode_etf(head.identifier);
  auto inserted = settle().and_then([&] { return forget(key); }).and_then([&] {
    return insert(std::nullopt, head, key, due, times_late);
  });
  if (!inserted)
    return inserted;
  const auto row = static_cast<std::uint64_t>(db_->last_insert_rowid());
  std::uint64_t number = 0;
  std::int64_t last_step = 0;
  for (const auto& one : restored.steps)
    if (auto written = insert_step(row, ++number, one, last_step); !written)
      return tl::unexpected(written.error());
  return set_last_step_.bind(row, last_step).run();
}

result<std::int64_t> change_writer::insert_step(std::uint64_t instance, std::uint64_t number,
                                                const step& made, std::int64_t& last_step) {
  auto action = names_->number_of(made.action);
  if (!action)
    return tl::unexpected(action.error());
  auto state = names_->number_of(made.to);
  if (!state)
    return tl::unexpected(state.error());
  return insert_step_
      .bind(instance, number, last_step, *action, *state, to_number(made.at),
            static_cast<std::int64_t>(made.outcome))
      .run()
      .map([&] {
        last_step = db_->last_insert_rowid();
        lagging_->appended(last_step);
        return *state;
      });
}

result<void> change_writer::write(const append_step& append) {
  auto number = row_number(append);
  if (!number)
    return tl::unexpected(number.error());
  auto row = open(*number, append);
  if (!row)
    return tl::unexpected(row.error());
  auto state = insert_step(*number, append.number, append.step, (*row)->last_step);
  if (!state)
    return tl::unexpected(state.error());
  (*row)->steps = append.number;
  (*row)->state = *state;
  (*row)->last_step_at = to_number(append.step.at);
  (*row)->deadline = append.deadline ? std::optional{to_number(*append.deadline)} : std::nullopt;
  if (append.operation_id.empty())
    return {};
  return insert_operation(append.operation_id, append.number, append.operation_outcome,
                          append.operation_answered, append.recorded_at,
                          encode_etf(append.identifier));
}

result<std::uint64_t> change_writer::row_number(const append_step& append) {
  if (append.instance != 0)
    return append.instance;
  if (auto settled = settle(); !settled)
    return tl::unexpected(settled.error());
  auto key = encode_etf(append.identifier);
  find_row_.bind(statement::blob(key));
  return changed_row(find_row_, append.identifier).map([](std::int64_t id) {
    return static_cast<std::uint64_t>(id);
  });
}

result<change_writer::open_row*> change_writer::open(std::uint64_t number,
                                                     const append_step& append) {
  auto [place, is_new] = open_places_.try_emplace(number, open_.size());
  if (is_new) {
    open_.push_back({number, &append.identifier, nullptr, 0, 0, 0, 0, {}, false});
    if (auto found = read(open_.back(), append); !found)
      return tl::unexpected(found.error());
  }
  auto& row = open_[place->second];
  if (row.steps + 1 != append.number)
    return does_not_apply(append.identifier);
  return &row;
}

result<void> change_writer::read(open_row& row, const append_step& append) {
  const auto* at = lagging_->find(row.number);
  if (at == nullptr || !at->row_lags) {
    find_position_.bind(row.number);
    auto found = find_position_.next();
    if (!found)
      return tl::unexpected(found.error());
    if (!*found)
      return does_not_apply(append.identifier);
    row.steps = static_cast<std::uint64_t>(find_position_.number(0));
    row.last_step = find_position_.number(1);
    row.had_deadline = !find_position_.is_null(2);
    find_position_.reset();
  }
  if (at != nullptr && at->steps > row.steps) {
    row.steps = at->steps;
    row.last_step = at->last_step;
  }
  return {};
}

result<void> change_writer::settle() {
  for (const auto& row : open_)
    if (auto written = settle(row); !written)
      return written;
  open_.clear();
  open_places_.clear();
  return {};
}

result<void> change_writer::settle(const open_row& row) {
  if (row.created != nullptr) {
    auto specification = names_->number_of(row.created->specification);
    if (!specification)
      return tl::unexpected(specification.error());
    auto key = encode_etf(row.created->identifier);
    auto meta = encode_etf(row.created->meta);
    return insert_instance_
        .bind(statement::blob(key), *specification, statement::blob(meta), row.state, row.steps,
              row.last_step_at, row.deadline, std::uint64_t{0}, row.number, row.last_step)
        .run();
  }
  if (!row.deadline && !row.had_deadline) {
    lagging_->leave(row.number, {row.steps, row.last_step, row.state, row.last_step_at});
    return {};
  }
  lagging_->forget(row.number);
  auto updated =
      update_instance_
          .bind(row.number, row.state, row.steps, row.last_step_at, row.deadline, row.last_step)
          .run();
  if (updated && db_->changed_rows() != 1)
    return does_not_apply(*row.identifier);
  return updated;
}

result<void> change_writer::insert_operation(std::string_view id, std::uint64_t number,
                                             verdict outcome, step_reply answered, timestamp at,
                                             std::optional<std::string_view> key) {
  return insert_operation_
      .bind(statement::blob(id), number, static_cast<std::int64_t>(outcome), to_number(at),
            key ? std::optional{statement::blob(*key)} : std::nullopt,
            static_cast<std::int64_t>(answered))
      .run();
}

result<void> change_writer::write(const restore_operation& restored) {
  const auto& [id, recorded, at] = restored.operation;
  auto key = recorded.identifier ? encode_etf(*recorded.identifier) : std::string{};
  return insert_operation(id, recorded.step_number, recorded.outcome, recorded.answered, at,
                          recorded.identifier ? std::optional<std::string_view>{key}
                                              : std::nullopt);
}

result<void> change_writer::write(const forget_operation& forgotten) {
  return forget_operation_.bind(statement::blob(forgotten.id)).run();
}

result<void> change_writer::write(const drop_deadlines& dropped) {
  return settle().and_then([&] { return drop_deadlines_.bind(to_number(dropped.until)).run(); });
}

result<void> change_writer::write(const mark_late& late) {
  if (auto settled = settle(); !settled)
    return settled;
  auto key = encode_etf(late.identifier);
  mark_late_.bind(statement::blob(key));
  auto row = changed_row(mark_late_, late.identifier);
  return row ? result<void>{} : tl::unexpected(row.error());
}

result<void> change_writer::write(const delete_instance& gone) {
  return settle().and_then([&] { return forget(encode_etf(gone.identifier)); });
}

result<void> change_writer::write(const put_model& put) {
  auto specification = names_->number_of(put.specification);
  if (!specification)
    return tl::unexpected(specification.error());
  if (auto cleared = clear_model_.bind(*specification).run(); !cleared)
    return cleared;
  return put_model_.bind(*specification, std::int64_t{put.learning ? 1 : 0}).run();
}

result<void> change_writer::write(const put_specification& put) {
  return put_specification_.bind(std::string_view{put.name}, std::string_view{put.declaration})
      .run();
}

result<void> change_writer::write(const drop_specification& dropped) {
  return drop_specification_.bind(std::string_view{dropped.name}).run();
}

result<void> change_writer::write(const quarantine_instance& put) {
  const auto& [identifier, reason, at] = put.quarantined;
  if (auto settled = settle(); !settled)
    return settled;
  auto key = encode_etf(identifier);
  return quarantine_.bind(statement::blob(key), std::string_view{reason}, to_number(at))
      .run()
      .and_then([&] { return end_deadline_.bind(statement::blob(key)).run(); });
}

result<void> change_writer::write(const release_instance& released) {
  auto key = encode_etf(released.identifier);
  return release_.bind(statement::blob(key)).run();
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
  const auto row = static_cast<std::uint64_t>(delete_instance_.number(0));
  auto steps = static_cast<std::uint64_t>(delete_instance_.number(1));
  auto last_step = delete_instance_.number(2);
  delete_instance_.reset();
  if (const auto* at = lagging_->find(row); at != nullptr && at->steps > steps) {
    steps = at->steps;
    last_step = at->last_step;
  }
  lagging_->forget(row);
  if (steps > long_history)
    return insert_departed_.bind(last_step, row).run();
  return delete_steps_.bind(last_step).run();
}

result<std::int64_t> change_writer::changed_row(statement& update, const term& identifier) {
  auto changed = update.next();
  if (!changed)
    return tl::unexpected(changed.error());
  if (!*changed)
    return does_not_apply(identifier);
  auto row = update.number(0);
  update.reset();
  return row;
}

tl::unexpected<failure> change_writer::does_not_apply(const term& identifier) const {
  return fail(ec::store_failure, db_->path().string() + " has no instance " + to_text(identifier)
                                     + " that the change applies to");
}

} // namespace lockstep::sqlite
