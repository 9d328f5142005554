#include "persistence/sqlite/lagging_rows.hpp"

#include <algorithm>
#include <utility>

namespace lockstep::sqlite {

result<void> lagging_rows::load(database& db) {
  auto settled = db.query_number("SELECT settled FROM store");
  if (!settled)
    return tl::unexpected(settled.error());
  auto write_row = db.prepare("UPDATE instance SET state = ?2, steps = ?3, last_step_at = ?4, "
                              "last_step = ?5 WHERE id = ?1 AND steps < ?3");
  if (!write_row)
    return tl::unexpected(write_row.error());
  auto count_batch = db.prepare("UPDATE store SET commits = commits + 1, settled = ?1");
  if (!count_batch)
    return tl::unexpected(count_batch.error());
  auto steps = db.prepare("SELECT seq, instance, number, state, at FROM step WHERE seq > ?1 "
                          "ORDER BY seq");
  if (!steps)
    return tl::unexpected(steps.error());
  write_row_ = std::move(*write_row);
  count_batch_ = std::move(*count_batch);
  settled_ = last_step_ = *settled;
  positions_.clear();
  steps->bind(*settled);
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
  return {};
}

const lagging_rows::position* lagging_rows::ahead_of(std::uint64_t number,
                                                     std::uint64_t steps) const {
  const auto known = positions_.find(number);
  return known != positions_.end() && known->second.steps > steps ? &known->second : nullptr;
}

const lagging_rows::position* lagging_rows::find(std::uint64_t number) const {
  if (const auto changed = changed_.find(number); changed != changed_.end())
    return changed->second ? &*changed->second : nullptr;
  const auto known = positions_.find(number);
  return known != positions_.end() ? &known->second : nullptr;
}

void lagging_rows::appended(std::int64_t seq) {
  new_settled_ = std::min(new_settled_, seq - 1);
  sweep_from_ = std::min(sweep_from_, seq - 1);
  new_last_step_ = seq;
  ++new_steps_;
}

result<void> lagging_rows::settle_some() {
  newly_swept_ = std::min(sweep_.size() - swept_, std::max(new_steps_, limits_.slice));
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
  if (sweeping_ && swept_ + newly_swept_ == sweep_.size())
    new_settled_ = std::max(new_settled_, sweep_from_);
  return count_batch_.bind(new_settled_).run();
}

void lagging_rows::keep() {
  for (const auto& [number, at] : changed_)
    if (at)
      positions_.insert_or_assign(number, *at);
    else
      positions_.erase(number);
  settled_ = new_settled_;
  last_step_ = new_last_step_;
  swept_ += newly_swept_;
  if (sweeping_ && swept_ == sweep_.size())
    sweeping_ = false;
  forget_new();
  if (!sweeping_ && (positions_.size() > limits_.rows || last_step_ - settled_ > limits_.steps))
    begin_sweep();
}

void lagging_rows::begin_sweep() {
  sweeping_ = true;
  sweep_.clear();
  for (const auto& [number, at] : positions_)
    sweep_.push_back(number);
  std::ranges::sort(sweep_);
  swept_ = 0;
  sweep_from_ = last_step_;
}

void lagging_rows::forget_new() {
  changed_.clear();
  new_settled_ = settled_;
  new_last_step_ = last_step_;
  new_steps_ = 0;
  newly_swept_ = 0;
}

} // namespace lockstep::sqlite
