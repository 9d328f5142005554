#include "persistence/sqlite/lagging_rows.hpp"

#include <algorithm>
#include <utility>

namespace lockstep::sqlite {

namespace {

/// A table of more places is not kept for small batches: emptying it takes the time of its places.
constexpr std::size_t most_places_kept = 16'384;

} // namespace

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
  sweeping_ = false;
  forget_new();
  prepare_keep();
  begin_sweep_if_due();
  return {};
}

const lagging_rows::position* lagging_rows::ahead_of(std::uint64_t number,
                                                     std::uint64_t steps) const {
  const auto known = positions_.find(number);
  return known != positions_.end() && known->second.steps > steps ? &known->second : nullptr;
}

const lagging_rows::position* lagging_rows::find(std::uint64_t number) const {
  if (const auto changed = changed_.find(number); changed != changed_.end())
    return changed->second.steps != 0 ? &changed->second : nullptr;
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
  // Short lives of a store, each with a sweep that never ends, must not add up.
  const auto overdue =
      positions_.size() > 2 * limits_.rows || new_last_step_ - settled_ > 2 * limits_.steps;
  newly_swept_ = sweeping_ ? sweep_.size() - swept_ : 0;
  if (!overdue)
    newly_swept_ = std::min(newly_swept_, std::max(new_steps_, limits_.slice));
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
  prepare_keep();
  return count_batch_.bind(new_settled_).run();
}

void lagging_rows::prepare_keep() {
  const auto most = positions_.size() + changed_.size();
  if (static_cast<double>(most) >= static_cast<double>(positions_.max_load_factor())
                                       * static_cast<double>(positions_.bucket_count()))
    positions_.reserve(2 * most);
  if (const auto ends = swept_ + newly_swept_ == sweep_.size();
      (!sweeping_ || ends) && sweep_.capacity() < most)
    sweep_.reserve(2 * most);
}

void lagging_rows::keep() noexcept {
  while (!changed_.empty()) {
    auto changed = changed_.extract(changed_.begin());
    if (changed.mapped().steps == 0)
      positions_.erase(changed.key());
    else if (auto known = positions_.find(changed.key()); known != positions_.end())
      known->second = changed.mapped();
    else
      positions_.insert(std::move(changed));
  }
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
  sweep_.clear();
  swept_ = 0;
  for (const auto& [number, at] : positions_)
    sweep_.push_back(number);
  std::ranges::sort(sweep_);
  sweep_from_ = last_step_;
  sweeping_ = true;
}

void lagging_rows::forget_new() noexcept {
  if (changed_.bucket_count() > most_places_kept)
    changed_ = {};
  changed_.clear();
  new_settled_ = settled_;
  new_last_step_ = last_step_;
  new_steps_ = 0;
  newly_swept_ = 0;
}

} // namespace lockstep::sqlite
