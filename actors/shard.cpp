#include "actors/shard.hpp"

#include "actors/caf_compat.hpp"
#include "actors/held_answers.hpp"
#include "model/workflow/specification_json.hpp"

#include <caf/disposable.hpp>
#include <caf/typed_response_promise.hpp>

#include <algorithm>
#include <deque>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

namespace lockstep {

namespace {

/// Steps of deleted instances that are freed in one go.
constexpr std::size_t collected_at_once = 1'000;
/// Late instances that are counted in one go.
constexpr std::size_t expired_at_once = 500;
/// How long nothing is tried again after the store failed.
constexpr duration retry_pause = std::chrono::seconds{1};
/// Clocks overflow in the distant future, so nobody waits longer in one go.
constexpr duration longest_timer = std::chrono::hours{24};

/// Deletes what it finds, slice by slice.
struct sweep_task {
  page_request part;
  /// What the caller wants to be deleted; nothing: what may be pruned.
  std::optional<instance_filter> doomed;
  std::uint64_t removed = 0;
  std::optional<caf::typed_response_promise<std::uint64_t>> promise;
};

struct shard_state {
  static constexpr const char* name = "lockstep.shard";

  shard_state(shard_actor::pointer self_ptr, ledger given, shard_options how)
      : self(self_ptr), books(std::move(given)), options(std::move(how)) {}

  ~shard_state() {
    deadline_timer.dispose();
    prune_timer.dispose();
  }

  shard_actor::behavior_type make_behavior() {
    compat::on_exit_request(self, [this](const caf::error& reason) { close(reason); });
    check_deadlines_on_start();
    start_pruning();
    return {
        [this](atoms::initialise, const initialisation& request) {
          return hold("initialise", request.client, books.initialise(request, options.now()));
        },
        [this](atoms::step, const step_report& report) {
          return hold("step", report.client, books.step(report, options.now()));
        },
        [this](atoms::step, const std::vector<step_report>& steps) { return record(steps); },
        [this](atoms::mock, const initialisation& request) {
          return hold(books.mock(request, options.now()));
        },
        [this](atoms::get, const term& identifier) {
          return to_caf(flush().and_then([&] { return books.get(identifier); }));
        },
        [this](atoms::show_all, const instance_filter& filter) { return show_all(filter); },
        [this](atoms::remove, const term& identifier) { return remove({identifier}); },
        [this](atoms::remove, const std::vector<term>& identifiers) { return remove(identifiers); },
        [this](atoms::remove_all, const instance_filter& filter) { return remove_all(filter); },
        [this](atoms::list, const instance_filter& filter, std::uint64_t from,
               std::uint64_t limit) { return list(filter, from, limit); },
        [this](atoms::summarise, std::uint64_t limit) { return to_caf(summarise(limit)); },
        [this](atoms::show_models) -> caf::result<std::vector<implementation_model>> {
          return books.models();
        },
        [this](atoms::adopt_models, const std::vector<implementation_model>& models) {
          return hold(books.adopt(models));
        },
        [this](atoms::declare, const local_specification& declared) {
          return hold(books.declare(declared.value));
        },
        [this](atoms::show_specifications) { return show_specifications(); },
        [this](atoms::expire, const point_in_time& time) { return hold(expire_all(time.at)); },
        [this](atoms::expire) { deadline_came(); },
        [this](atoms::sweep) { sweep(); },
        [this](atoms::commit) { commit_batch(); },
    };
  }

  // -- group commit
  // ---------------------------------------------------------------------------------

  caf::result<receipt> hold(const char* call, const std::string& client, decision made) {
    std::vector<call_report> reports;
    for (auto& one : made.reports)
      reports.push_back({std::move(one), 0});
    auto who = reports.empty() ? caller{} : caller_of(call, client);
    return hold(std::move(made.answer), receipts, std::move(reports), std::move(who));
  }

  caf::result<void> hold(result<void> outcome) {
    return hold(std::move(outcome), acknowledgements, {}, {});
  }

  /// Answers at once if nothing is staged; then the answer tells nothing that could be undone.
  template <class T>
  caf::result<T> hold(result<T> answer, std::vector<held_answer<T>>& waiting,
                      std::vector<call_report> reports, caller who) {
    if (books.staged() == 0)
      return to_caf(settle(std::move(answer), reports, who, books, options.report));
    auto promise = self->template make_response_promise<T>();
    waiting.push_back({promise, std::move(answer), std::move(reports), std::move(who)});
    plan_commit();
    return promise;
  }

  caf::result<std::vector<step_answer>> record(const std::vector<step_report>& steps) {
    std::vector<step_answer> answers;
    std::vector<call_report> reports;
    answers.reserve(steps.size());
    for (const auto& one : steps) {
      auto made = books.step(one, options.now());
      for (auto& about : made.reports)
        reports.push_back({std::move(about), answers.size()});
      answers.push_back(made.answer ? step_answer{*made.answer, std::nullopt}
                                    : step_answer{{}, std::move(made.answer.error())});
    }
    auto who = reports.empty() ? caller{} : caller_of("step", steps.front().client);
    return hold(result<std::vector<step_answer>>{std::move(answers)}, lists, std::move(reports),
                std::move(who));
  }

  caller caller_of(const char* call, const std::string& client) {
    auto sender = self->current_sender();
    return {call, client.empty() && sender ? caf::to_string(sender) : client};
  }

  /// The message arrives behind everything that waits already, so that is what makes a batch.
  void plan_commit() {
    if (books.staged() >= options.max_batch) {
      (void)flush();
      return;
    }
    if (!std::exchange(commit_planned, true))
      compat::send(self, self, atoms::commit_v);
  }

  void commit_batch() {
    commit_planned = false;
    (void)flush();
  }

  /// Commits what is staged, tells the error policies, and answers everybody who waits for it.
  result<void> flush() {
    if (books.staged() == 0)
      return {};
    auto committed = books.commit();
    auto late = std::exchange(late_reports, {});
    if (!committed)
      tell_node(committed.error());
    else
      for (const auto& one : late)
        (void)tell(one.error, books.policy_of(one), {"timer", {}}, options.report);
    answer(std::exchange(receipts, {}), committed);
    answer(std::exchange(lists, {}), committed);
    answer(std::exchange(acknowledgements, {}), committed);
    if (!committed && committed.error().code == ec::unavailable)
      self->quit(to_error(committed.error()));
    watch_deadlines(committed ? duration::zero() : retry_pause);
    return committed;
  }

  template <class T>
  void answer(std::vector<held_answer<T>> waiting, const result<void>& committed) {
    for (auto& [promise, outcome, reports, who] : waiting)
      deliver(promise, committed ? settle(std::move(outcome), reports, who, books, options.report)
                                 : result<T>{tl::unexpected(committed.error())});
  }

  /// An error that is no specification's.
  void tell_node(const failure& reason) {
    (void)tell(reason, books.policy_of({}), {"commit", {}}, options.report);
  }

  void close(const caf::error& reason) {
    (void)flush();
    self->quit(reason);
  }

  // -- deadlines
  // ------------------------------------------------------------------------------------

  void check_deadlines_on_start() {
    if (options.time == timekeeping::events)
      return;
    if (!options.check_timeouts_on_start)
      books.drop_deadlines(options.now());
    if (books.staged() > 0)
      plan_commit();
    watch_deadlines();
  }

  /// Wakes the shard at the earliest deadline: one timer, whatever the number of instances.
  /// @param pause Not earlier than after so long, since something failed.
  void watch_deadlines(duration pause = duration::zero()) {
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
    deadline_timer =
        self->run_delayed(delay, [this] { compat::send(self, self, atoms::expire_v); });
  }

  void deadline_came() {
    watched.reset();
    if (auto expired = expire(options.now()); !expired) {
      tell_node(expired.error());
      watch_deadlines(retry_pause);
    } else if (books.staged() > 0) {
      plan_commit(); // and then for the next ones, behind everybody who waits
    } else {
      watch_deadlines();
    }
  }

  /// Counts some of the late instances. @returns whether there may be more.
  result<bool> expire(timestamp now) {
    auto late = books.expire(now, expired_at_once);
    if (!late)
      return tl::unexpected(late.error());
    auto more = late->size() == expired_at_once;
    std::move(late->begin(), late->end(), std::back_inserter(late_reports));
    return more;
  }

  result<void> expire_all(timestamp now) {
    for (;;) {
      auto more = expire(now);
      if (!more)
        return tl::unexpected(more.error());
      if (!*more)
        return {};
      if (auto flushed = flush(); !flushed)
        return flushed;
    }
  }

  // -- deleting and pruning
  // -------------------------------------------------------------------------

  caf::result<void> remove(const std::vector<term>& identifiers) {
    for (const auto& one : identifiers)
      if (auto removed = books.remove(one); !removed)
        return hold(result<void>{tl::unexpected(removed.error())});
    auto answer = hold(result<void>{});
    plan_sweep(); // to free the histories
    return answer;
  }

  caf::result<std::uint64_t> remove_all(const instance_filter& filter) {
    auto part = everything();
    if (!part)
      return to_error(part.error());
    auto promise = self->make_response_promise<std::uint64_t>();
    sweeps.push_back({*part, filter, 0, promise});
    plan_sweep();
    return promise;
  }

  void start_pruning() {
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
      sweeps.push_back({*part, std::nullopt, 0, std::nullopt});
    else
      tell_node(part.error());
  }

  void prune_after(duration pause) {
    auto part = std::min(pause, longest_timer);
    prune_timer = self->run_delayed(part, [this, rest = pause - part] {
      if (rest > duration::zero())
        prune_after(rest);
      else
        start_pruning();
    });
  }

  /// The instances that there are now.
  result<page_request> everything() {
    return flush().and_then([this] { return books.store().last_instance(); }).map([](auto last) {
      page_request part;
      part.until = last;
      return part;
    });
  }

  void plan_sweep() {
    if (!std::exchange(sweep_planned, true))
      compat::send(self, self, atoms::sweep_v);
  }

  /// Does one slice of what there is to do, and comes back for the next behind everybody who waits
  /// already.
  void sweep() {
    sweep_planned = false;
    auto more = !sweeps.empty();
    if (more) {
      auto task = std::move(sweeps.front());
      sweeps.pop_front();
      auto done = sweep_slice_of(task);
      if (!done)
        finish(task, tl::unexpected(done.error()));
      else if (*done)
        finish(task, task.removed);
      else
        sweeps.push_back(std::move(task));
    } else {
      auto left = books.store().collect(collected_at_once);
      if (!left)
        tell_node(left.error());
      more = left && *left;
    }
    if (more)
      plan_sweep();
  }

  /// @returns whether that was the last slice.
  result<bool> sweep_slice_of(sweep_task& task) {
    if (auto flushed = flush(); !flushed)
      return tl::unexpected(flushed.error());
    auto now = options.now();
    auto slice =
        task.doomed ? books.sweep(
            task.part, [&](const instance_head& one) { return matches(*task.doomed, one, now); })
                    : books.prune(task.part, now);
    if (!slice)
      return tl::unexpected(slice.error());
    if (auto flushed = flush(); !flushed)
      return tl::unexpected(flushed.error());
    task.removed += slice->removed;
    task.part.from = slice->next.value_or(0);
    return !slice->next;
  }

  void finish(sweep_task& task, result<std::uint64_t> outcome) {
    if (task.promise)
      deliver(*task.promise, outcome);
    else if (!outcome)
      tell_node(outcome.error());
  }

  // -- reading
  // --------------------------------------------------------------------------------------

  instance_predicate accepts(const instance_filter& filter) {
    return [filter, now = options.now()](const instance_head& one) {
      return matches(filter, one, now);
    };
  }

  caf::result<std::vector<instance>> show_all(const instance_filter& filter) {
    return to_caf(flush().and_then([&] { return books.all(accepts(filter)); }));
  }

  caf::result<instance_page> list(const instance_filter& filter, std::uint64_t from,
                                  std::uint64_t limit) {
    page_request part;
    part.from = from;
    part.limit = std::min<std::uint64_t>(limit, part.limit);
    return to_caf(flush().and_then([&] { return books.store().page(part, accepts(filter)); }));
  }

  caf::result<specification_texts> show_specifications() {
    specification_texts texts;
    for (const auto& [key, spec] : books.specifications())
      texts.json.push_back(to_json_text(*spec));
    return texts;
  }

  result<shard_summary> summarise(std::uint64_t limit) {
    if (auto flushed = flush(); !flushed)
      return tl::unexpected(flushed.error());
    auto states = books.store().count_by_state();
    if (!states)
      return tl::unexpected(states.error());
    auto deviations = books.store().deviations(limit);
    if (!deviations)
      return tl::unexpected(deviations.error());
    return shard_summary{books.shard_name(), std::move(*states), std::move(*deviations)};
  }

  shard_actor::pointer self;
  ledger books;
  shard_options options;

  bool commit_planned = false;
  std::vector<held_answer<receipt>> receipts;
  std::vector<held_answer<std::vector<step_answer>>> lists;
  std::vector<held_answer<void>> acknowledgements;
  /// To be told once their batch is durable.
  std::vector<report> late_reports;

  /// The deadline that `deadline_timer` waits for.
  std::optional<timestamp> watched;
  caf::disposable deadline_timer;

  bool sweep_planned = false;
  std::deque<sweep_task> sweeps;
  caf::disposable prune_timer;
};

} // namespace

term shard_name(std::uint32_t index) {
  return term::tuple({atom{"shard"}, static_cast<std::int64_t>(index)});
}

std::string shard_display_name(std::uint32_t index) {
  return "DistributedInstanceManager.Server_" + std::to_string(index);
}

shard_actor spawn_shard(caf::actor_system& system, ledger books, shard_options options) {
  if (options.where == placement::own_thread)
    return compat::spawn<shard_actor, shard_state, caf::detached>(system, std::move(books),
                                                                  std::move(options));
  return compat::spawn<shard_actor, shard_state>(system, std::move(books), std::move(options));
}

} // namespace lockstep
