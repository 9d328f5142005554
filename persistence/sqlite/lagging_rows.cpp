#include "persistence/sqlite/lagging_rows.hpp"

#include <algorithm>
#include <cassert>
#include <optional>
#include <ranges>
#include <utility>

namespace lockstep::sqlite {

namespace {

/// Room for more changes than this is given back when their batch has ended.
constexpr std::size_t most_changes_kept = 16'384;

template <class T>
void clear_out(std::vector<T>& list) noexcept {
  if (list.capacity() > most_changes_kept)
    list = std::vector<T>();
  list.clear();
}

} // namespace

result<void> lagging_rows::load(database& db) {
  assert(undo_.empty());
  auto label = db.prepare("SELECT settled, sweep_from, swept FROM store");
  if (!label)
    return tl::unexpected(label.error());
  if (auto found = label->next(); !found)
    return tl::unexpected(found.error());
  settled_ = last_step_ = label->number(0);
  sweeping_ = !label->is_null(1);
  sweep_from_ = label->number(1);
  swept_before_ = static_cast<std::uint64_t>(label->number(2));
  auto write_row = db.prepare("UPDATE instance SET state = ?2, steps = ?3, last_step_at = ?4, "
                              "last_step = ?5 WHERE id = ?1 AND steps < ?3");
  if (!write_row)
    return tl::unexpected(write_row.error());
  auto count_batch = db.prepare("UPDATE store SET commits = commits + 1, settled = ?1, "
                                "sweep_from = ?2, swept = ?3");
  if (!count_batch)
    return tl::unexpected(count_batch.error());
  auto steps = db.prepare("SELECT seq, instance, number, state, at FROM step WHERE seq > ?1 "
                          "ORDER BY seq");
  if (!steps)
    return tl::unexpected(steps.error());
  write_row_ = std::move(*write_row);
  count_batch_ = std::move(*count_batch);
  positions_.clear();
  steps->bind(settled_);
  for (;;) {
    auto row = steps->next();
    if (!row)
      return tl::unexpected(row.error());
    if (!*row)
      break;
    last_step_ = steps->number(0);
    positions_[static_cast<std::uint64_t>(steps->number(1))] = {
        static_cast<std::uint64_t>(steps->number(2)), last_step_, steps->number(3),
        steps->number(4), false};
  }
  forget_new();
  sweep_.clear();
  swept_ = 0;
  prepare_sweep();
  if (sweeping_)
    plan_sweep(swept_before_);
  else
    begin_sweep_if_due();
  return {};
}

const lagging_rows::position* lagging_rows::ahead_of(std::uint64_t number,
                                                     std::uint64_t steps) const {
  const auto known = positions_.find(number);
  return known != positions_.end() && known->second.steps > steps ? &known->second : nullptr;
}

const lagging_rows::position* lagging_rows::find(std::uint64_t number) const {
  const auto known = positions_.find(number);
  return known != positions_.end() && known->second.steps != 0 ? &known->second : nullptr;
}

void lagging_rows::leave(std::uint64_t number, const position& at) {
  auto known = positions_.find(number);
  if (known == positions_.end()) {
    emptied_.push_back(number); // if this is undone
    known = positions_.try_emplace(number).first;
  }
  change(*known, at);
}

void lagging_rows::forget(std::uint64_t number) {
  const auto known = positions_.find(number);
  if (known == positions_.end())
    return;
  emptied_.push_back(number);
  change(*known, {});
}

void lagging_rows::change(positions::value_type& known, const position& at) {
  undo_.push_back({&known, known.second});
  known.second = at;
}

void lagging_rows::drop_emptied() noexcept {
  for (const auto number : emptied_)
    if (const auto known = positions_.find(number);
        known != positions_.end() && known->second.steps == 0)
      positions_.erase(known);
  clear_out(emptied_);
}

void lagging_rows::appended(std::int64_t seq) {
  new_settled_ = std::min(new_settled_, seq - 1);
  sweep_from_ = std::min(sweep_from_, seq - 1);
  new_last_step_ = seq;
  ++new_steps_;
}

result<void> lagging_rows::settle_some() {
  // A store that was opened again sweeps rows, too, that are right already: to be sure to catch up,
  // it goes faster than the batches come.
  const auto overdue =
      positions_.size() > 2 * limits_.rows || new_last_step_ - settled_ > 2 * limits_.steps;
  const auto slice = std::max((overdue ? 4 : 1) * new_steps_, limits_.slice);
  newly_swept_ = sweeping_ ? std::min(sweep_.size() - swept_, slice) : 0;
  for (std::size_t i = 0; i < newly_swept_; ++i) {
    const auto number = sweep_[swept_ + i];
    const auto* at = find(number);
    if (at == nullptr)
      continue;
    // Without effect on a row that says the same by now.
    if (auto written =
            write_row_.bind(number, at->state, at->steps, at->last_step_at, at->last_step).run();
        !written)
      return written;
    forget(number);
  }
  prepare_sweep();
  const auto goes_on = sweeping_ && swept_ + newly_swept_ < sweep_.size();
  if (sweeping_ && !goes_on)
    new_settled_ = std::max(new_settled_, sweep_from_);
  return count_batch_
      .bind(new_settled_, goes_on ? std::optional{sweep_from_} : std::nullopt,
            last_swept(swept_ + newly_swept_))
      .run();
}

std::uint64_t lagging_rows::last_swept(std::size_t count) const {
  return count == 0 ? swept_before_ : sweep_[count - 1];
}

void lagging_rows::prepare_sweep() {
  if (const auto ends = swept_ + newly_swept_ == sweep_.size();
      (!sweeping_ || ends) && sweep_.capacity() < positions_.size())
    sweep_.reserve(2 * positions_.size());
}

void lagging_rows::keep() noexcept {
  clear_out(undo_);
  drop_emptied();
  settled_ = new_settled_;
  last_step_ = new_last_step_;
  swept_ += newly_swept_;
  if (sweeping_ && swept_ == sweep_.size())
    sweeping_ = false;
  forget_new();
  begin_sweep_if_due();
}

void lagging_rows::begin_sweep_if_due() noexcept {
  if (sweeping_ || (positions_.size() <= limits_.rows && last_step_ - settled_ <= limits_.steps))
    return;
  sweeping_ = true;
  sweep_from_ = last_step_;
  plan_sweep(0);
}

void lagging_rows::plan_sweep(std::uint64_t after) noexcept {
  sweep_.clear();
  swept_ = 0;
  swept_before_ = after;
  for (const auto& [number, at] : positions_)
    if (number > after)
      sweep_.push_back(number);
  std::ranges::sort(sweep_);
}

void lagging_rows::forget_new() noexcept {
  for (const auto& one : std::views::reverse(undo_))
    one.known->second = one.at;
  clear_out(undo_);
  drop_emptied();
  new_settled_ = settled_;
  new_last_step_ = last_step_;
  new_steps_ = 0;
  newly_swept_ = 0;
}

} // namespace lockstep::sqlite
