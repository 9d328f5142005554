#include "persistence/sqlite/lagging_rows.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace lockstep::sqlite {

namespace {

/// A table of more places is not kept for small batches: emptying it takes the time of its places.
constexpr std::size_t most_places_kept = 16'384;

} // namespace

result<void> lagging_rows::load(database& db) {
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
  prepare_keep();
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
  prepare_keep();
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
  if (changed_.bucket_count() > most_places_kept)
    changed_ = {};
  changed_.clear();
  new_settled_ = settled_;
  new_last_step_ = last_step_;
  new_steps_ = 0;
  newly_swept_ = 0;
}

} // namespace lockstep::sqlite
