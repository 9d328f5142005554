/// What a shard does beside requests about single instances: deadlines, counting, deleting and
/// pruning.

#include "actors/shard_state.hpp"

#include <algorithm>
#include <iterator>

namespace lockstep {

namespace {

/// Late instances that are counted in one go.
constexpr std::size_t expired_at_once = 500;
/// Instances that are counted in one go.
constexpr std::size_t counted_at_once = 2'000;
/// Clocks overflow in the distant future, so nobody waits longer in one go.
constexpr duration longest_timer = std::chrono::hours{24};
constexpr duration collect_interval = std::chrono::hours{1};
/// A slice of pruning is followed by a rest of so many times its length, so that callers do not
/// wait behind it again and again, also when all shards begin to prune at their start.
constexpr int rest_per_work = 3;
/// Should the clock jump or the disk hang meanwhile.
constexpr duration longest_rest = std::chrono::seconds{1};

} // namespace

// -- deadlines ------------------------------------------------------------------------------------

void shard_state::check_deadlines_on_start() {
  if (options.time == timekeeping::events)
    return;
  if (!options.check_timeouts_on_start)
    books.drop_deadlines(options.now());
  if (books.staged() > 0)
    plan_commit();
  watch_deadlines();
}

void shard_state::watch_deadlines(duration pause) {
  auto next = books.next_deadline();
  if (options.time == timekeeping::events || next == watched)
    return;
  deadline_timer.dispose();
  watched = next;
  if (!next)
    return;
  auto now = options.now();
  if (*next <= now && pause == duration::zero()) {
    compat::send(self, self, atoms::expire_v);
    return;
  }
  // A wake-up that comes too early finds nothing to do and waits again.
  auto due = std::max(*next, now);
  auto delay = due > now + longest_timer ? longest_timer : std::max(due - now, pause);
  deadline_timer = self->run_delayed(delay, [this] { compat::send(self, self, atoms::expire_v); });
}

void shard_state::deadline_came() {
  watched.reset();
  if (auto expired = expire(options.now()); !expired) {
    tell_node(expired.error());
    watch_deadlines(retry_pause);
  } else if (books.staged() > 0) {
    blaming_one([this] { plan_commit(); }); // and then for the next ones, behind all who wait
  } else {
    watch_deadlines();
  }
}

result<bool> shard_state::expire(timestamp now) {
  const auto most = options.suspects->careful() ? 1 : expired_at_once;
  auto late = blaming_one([&] { return books.expire(now, most); });
  if (!late)
    return tl::unexpected(late.error());
  std::move(late->begin(), late->end(), std::back_inserter(late_reports));
  auto next = books.next_deadline();
  return next && *next <= now;
}

result<void> shard_state::expire_all(timestamp now) {
  for (;;) {
    auto more = expire(now);
    if (!more)
      return tl::unexpected(more.error());
    if (!*more)
      return {};
    if (auto flushed = blaming_one([this] { return flush(); }); !flushed)
      return flushed;
  }
}

// -- counting -------------------------------------------------------------------------------------

caf::result<shard_summary> shard_state::summarise(ticket& place, std::uint64_t deviations) {
  auto promise = self->make_response_promise<shard_summary>();
  auto part = in_time(place, [this] { return everything(); });
  reply<shard_summary> to{promise, std::move(place)};
  if (!part) {
    to.deliver(tl::unexpected(part.error()));
    return promise;
  }
  part->visit = counted_at_once;
  summaries.push_back({*part, summary_sum{deviations}, std::move(to)});
  plan_sweep();
  return promise;
}

void shard_state::count_slice() {
  if (summaries.empty())
    return;
  auto task = std::move(summaries.front());
  summaries.pop_front();
  auto found = books.store().summarise(task.part, task.sum.room());
  if (!found) {
    task.to.deliver(tl::unexpected(found.error()));
    return;
  }
  const auto next = found->next;
  task.sum.add(std::move(*found));
  if (next) {
    task.part.from = *next;
    summaries.push_back(std::move(task));
  } else {
    task.to.deliver(shard_summary{books.shard_name(), task.sum.states(), task.sum.deviations()});
  }
}

// -- deleting and pruning -------------------------------------------------------------------------

caf::result<std::uint64_t> shard_state::remove_all(ticket& place, const instance_filter& filter,
                                                   const std::string& operation) {
  auto promise = self->make_response_promise<std::uint64_t>();
  auto before = in_time(place, [&] { return books.answered_before(operation); });
  reply<std::uint64_t> to{promise, std::move(place)};
  auto part = before && !*before ? everything() : result<page_request>{};
  if (!before || !part) {
    to.deliver(tl::unexpected(before ? part.error() : before.error()));
  } else if (*before) {
    to.deliver(**before);
  } else {
    sweeps.push_back({*part, filter, 0, std::move(to), operation});
    plan_sweep();
  }
  return promise;
}

void shard_state::start_pruning() {
  plan_sweep(); // something may be left to be freed
  if (options.time == timekeeping::events)
    return;
  if (options.prune_interval)
    prune_after(*options.prune_interval);
  auto busy = std::any_of(sweeps.begin(), sweeps.end(),
                          [](const sweep_task& one) { return !one.doomed.has_value(); });
  if (busy || !books.prunes())
    return;
  if (auto part = everything())
    sweeps.push_back({*part, std::nullopt, 0, std::nullopt, {}});
  else
    tell_node(part.error());
}

void shard_state::prune_after(duration pause) {
  auto part = std::min(pause, longest_timer);
  prune_timer = self->run_delayed(part, [this, rest = pause - part] {
    if (rest > duration::zero())
      prune_after(rest);
    else
      start_pruning();
  });
}

void shard_state::collect_later() {
  collect_timer = self->run_delayed(collect_interval, [this] {
    plan_sweep();
    collect_later();
  });
}

result<page_request> shard_state::everything() {
  return committed_books().store().last_instance().map([](auto last) {
    page_request part;
    part.until = last;
    return part;
  });
}

void shard_state::plan_sweep() {
  if (!std::exchange(sweep_planned, true))
    compat::send(self, self, atoms::sweep_v);
}

std::deque<sweep_task>::iterator shard_state::next_sweep() {
  return std::ranges::find_if(
      sweeps, [this](const sweep_task& one) { return one.to.has_value() || !resting; });
}

void shard_state::sweep() {
  sweep_planned = false;
  count_slice();
  auto more = false;
  if (const auto next = next_sweep(); next != sweeps.end()) {
    const auto begun = options.now();
    const auto is_awaited = next->to.has_value();
    take_turn(next);
    if (!is_awaited && !sweeps.empty())
      rest_after(options.now() - begun);
    more = sweeps.empty() || next_sweep() != sweeps.end();
  } else {
    auto left = books.collect(options.now());
    if (!left)
      tell_node(left.error());
    more = left && *left;
  }
  if (more || !summaries.empty())
    plan_sweep();
}

void shard_state::take_turn(std::deque<sweep_task>::iterator turn) {
  auto task = std::move(*turn);
  sweeps.erase(turn);
  auto done = sweep_slice_of(task);
  if (!done)
    finish(task, tl::unexpected(done.error()));
  else if (*done)
    finish(task, task.removed);
  else
    sweeps.push_back(std::move(task));
}

void shard_state::rest_after(duration worked) {
  const auto rest =
      rest_per_work * std::clamp(worked, duration::zero(), longest_rest / rest_per_work);
  rest_timer.dispose();
  resting = rest > duration::zero();
  if (resting)
    rest_timer = self->run_delayed(rest, [this] {
      resting = false;
      plan_sweep();
    });
}

result<bool> shard_state::sweep_slice_of(sweep_task& task) {
  if (auto flushed = flush(); !flushed)
    return tl::unexpected(flushed.error());
  auto now = options.now();
  const auto may_go = [this](const instance_head& one) {
    return !options.suspects->contains(one.identifier);
  };
  const auto is_doomed = [&](const instance_head& one) {
    return may_go(one) && matches(*task.doomed, one, now);
  };
  auto part = task.part;
  if (options.suspects->careful())
    part.limit = 1;
  auto slice = blaming_one(
      [&] { return task.doomed ? books.sweep(part, is_doomed) : books.prune(part, now, may_go); });
  if (!slice)
    return tl::unexpected(slice.error());
  if (auto flushed = blaming_one([this] { return flush(); }); !flushed)
    return tl::unexpected(flushed.error());
  task.removed += slice->removed;
  task.part.from = slice->next.value_or(0);
  return !slice->next;
}

void shard_state::finish(sweep_task& task, result<std::uint64_t> outcome) {
  if (outcome && !task.operation.empty()) {
    // The same call may have been under way twice.
    auto before = books.answered_before(task.operation);
    if (before && *before)
      outcome = **before;
    else if (before)
      books.remember_call(task.operation, *outcome, options.now());
    if (auto flushed = before ? flush() : result<void>{tl::unexpected(before.error())}; !flushed)
      outcome = tl::unexpected(flushed.error());
  }
  if (task.to)
    task.to->deliver(outcome);
  else if (!outcome)
    tell_node(outcome.error());
}

} // namespace lockstep
