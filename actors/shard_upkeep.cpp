/// What a shard does beside what it is asked about instances: deadlines, deleting and pruning.

#include "actors/shard_state.hpp"

#include <algorithm>
#include <iterator>

namespace lockstep {

namespace {

/// Late instances that are counted in one go.
constexpr std::size_t expired_at_once = 500;
/// So often the clock is looked at while no deadline is due: it may have jumped, or gone on while
/// the machine was suspended and timers stood still.
constexpr duration longest_watch = std::chrono::minutes{1};
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
  auto delay = due > now + longest_watch ? longest_watch : std::max(due - now, pause);
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
  const auto is_held = [this](const term& one) { return options.suspects->contains(one); };
  auto late = blaming_one([&] { return books.expire(now, most, is_held); });
  if (!late)
    return tl::unexpected(late.error());
  std::move(late->begin(), late->end(), std::back_inserter(late_reports));
  auto next = books.next_deadline();
  return next && *next <= now;
}

caf::result<void> shard_state::expire_until(ticket& place, timestamp at) {
  auto promise = self->make_response_promise<void>(); // comes back if this crashes
  const auto due = place.deadline();
  expiry_task task{at, reply<void>{promise, std::move(place)}};
  go_on(std::move(task), in_time(due, [&] { return expire_part(at); }));
  if (!expiries.empty())
    plan_sweep();
  return promise;
}

void shard_state::expire_slice() {
  if (expiries.empty())
    return;
  auto task = std::move(expiries.front());
  expiries.pop_front();
  auto more = expire_part(task.at);
  go_on(std::move(task), std::move(more));
}

void shard_state::go_on(expiry_task task, result<bool> more) {
  if (more && *more)
    expiries.push_back(std::move(task));
  else
    acknowledge(std::move(task.to), std::move(more).map([](bool) {}));
}

result<bool> shard_state::expire_part(timestamp at) {
  auto more = expire(at);
  if (more && (*more || options.suspects->careful()))
    if (auto flushed = blaming_one([this] { return flush(); }); !flushed)
      return tl::unexpected(flushed.error());
  return more;
}

// -- deleting and pruning -------------------------------------------------------------------------

caf::result<std::uint64_t> shard_state::remove_all(ticket& place, const instance_filter& filter,
                                                   const std::string& operation) {
  auto promise = self->make_response_promise<std::uint64_t>();
  const auto due = place.deadline();
  auto before = in_time(due, [&] { return books.answered_before(operation); });
  reply<std::uint64_t> to{promise, std::move(place)};
  auto part = before && !*before ? everything() : result<page_request>{};
  if (!before || !part) {
    to.deliver(tl::unexpected(before ? part.error() : before.error()));
  } else if (*before) {
    to.deliver(**before);
  } else {
    sweeps.push_back({*part, due, filter, 0, std::move(to), operation});
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
    sweeps.push_back({*part, std::nullopt, std::nullopt, 0, std::nullopt, {}});
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
    options.suspects->catch_up(books.store());
    plan_sweep();
    collect_later();
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
  gather_slice();
  expire_slice();
  const auto more = delete_slice();
  if (more || !summaries.empty() || !gatherings.empty() || !expiries.empty())
    plan_sweep();
}

bool shard_state::delete_slice() {
  if (const auto next = next_sweep(); next != sweeps.end()) {
    const auto begun = options.now();
    const auto is_awaited = next->to.has_value();
    take_turn(next);
    if (!is_awaited && !sweeps.empty())
      rest_after(options.now() - begun);
    return sweeps.empty() || next_sweep() != sweeps.end();
  }
  auto left = books.collect(options.now());
  if (!left)
    tell_node(left.error());
  return left && *left;
}

void shard_state::take_turn(std::deque<sweep_task>::iterator turn) {
  auto task = std::move(*turn);
  sweeps.erase(turn);
  auto done = in_time(std::exchange(task.due, std::nullopt), [&] { return sweep_slice_of(task); });
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
