#pragma once

/// The state of a shard, for the files that implement it: `shard.cpp` receives, `shard_commit.cpp`
/// commits and answers, `shard_reads.cpp` reads what is about many instances, `shard_upkeep.cpp`
/// watches deadlines and deletes, `shard_checks.cpp` has questions answered.

#include "actors/caf_compat.hpp"
#include "actors/held_answers.hpp"
#include "actors/postponed_requests.hpp"
#include "actors/request_instances.hpp"
#include "actors/shard.hpp"

#include <caf/disposable.hpp>
#include <caf/typed_response_promise.hpp>

#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace lockstep {

/// How long nothing is tried again after the store failed.
inline constexpr duration retry_pause = std::chrono::seconds{1};

/// The `request_expired` for a request whose deadline has passed.
[[nodiscard]] failure expired_request();

/// When nobody waits for an answer any more; nothing: somebody always does.
using due_time = std::optional<timestamp>;

/// Deletes what it finds, slice by slice.
struct sweep_task {
  page_request part;
  /// Until it has begun.
  due_time due;
  /// What the caller wants to be deleted; nothing: what may be pruned.
  std::optional<instance_filter> doomed;
  std::uint64_t removed = 0;
  std::optional<reply<std::uint64_t>> to;
  /// Of the caller. Empty: none.
  std::string operation;
};

/// Counts what the shard holds, slice by slice.
struct summary_task {
  page_request part;
  due_time due;
  summary_sum sum;
  reply<shard_summary> to;
};

/// Gathers whole instances, slice by slice.
struct gathering_task {
  page_request part;
  due_time due;
  instance_filter filter;
  std::vector<instance> found;
  /// With their steps.
  std::size_t elements = 0;
  reply<std::vector<instance>> to;
};

/// Reports the instances that are late at a time, slice by slice.
struct expiry_task {
  timestamp at;
  reply<void> to;
};

/// Where a request comes from.
struct origin {
  caf::strong_actor_ptr sender;
  /// When it came.
  timestamp at;
  /// When its turn came.
  timestamp turn;
};

struct shard_state {
  static constexpr const char* name = "lockstep.shard";

  shard_state(shard_actor::pointer self_ptr, ledger given, shard_options how)
      : self(self_ptr), books(std::move(given)), options(std::move(how)) {
    if (!options.suspects)
      options.suspects = std::make_shared<quarantine>();
  }

  ~shard_state() {
    deadline_timer.dispose();
    rest_timer.dispose();
    prune_timer.dispose();
    collect_timer.dispose();
    check_timer.dispose();
    careful_timer.dispose();
    commit_timer.dispose();
  }

  shard_actor::behavior_type make_behavior();
  void close(const caf::error& reason);

  // -- requests about instances -------------------------------------------------------------------

  /// Calls `handle(reply, request, origin)`: at once, or after the checks that the request needs
  /// and the requests about the same instances that came before. Not if its deadline has passed.
  template <class T, class Call, class Request, class F>
  caf::result<T> serve(Call call, const Request& request, ticket& place, F handle);
  /// Answers at once with what `read` returns.
  template <class T, class F>
  caf::result<T> reply_with(ticket& place, F read);
  /// What `work` returns, a result; or `request_expired`, if nobody waits for that any more.
  template <class F>
  std::invoke_result_t<F> in_time(const due_time& due, F work) {
    if (due && *due < options.now())
      return tl::unexpected(expired_request());
    return work();
  }
  template <class F>
  std::invoke_result_t<F> in_time(const ticket& place, F work) {
    return in_time(place.deadline(), work);
  }

  /// Does work for a request; if it crashes, the request's instance is noted.
  template <class Request, class F>
  auto on_behalf_of(const Request& request, F work) {
    try {
      return work();
    } catch (...) {
      if (const auto* only = only_instance(request))
        options.suspects->suspect(*only);
      throw;
    }
  }
  /// What the books decide, unless the instance is quarantined.
  template <class F>
  decision decide(const term& identifier, F make);

  void initialise(reply<receipt> to, const initialisation& request, const origin& from);
  void step(reply<receipt> to, const step_report& report, const origin& from);
  void record(reply<std::vector<step_answer>> to, const local_steps& steps, const origin& from);
  void mock(reply<void> to, const initialisation& request, const origin& from);
  void get(reply<instance> to, const term& identifier, const origin& from);
  void remove(reply<bool> to, const term& identifier, const std::string& operation);
  void remove(reply<std::uint64_t> to, const std::vector<term>& identifiers,
              const std::string& operation);
  /// @returns whether there was one.
  result<bool> remove_once(const term& identifier, const std::string& operation);
  /// Ends an instance's quarantine, unless that is a repetition. @returns whether it was in one.
  result<bool> let_go(const term& identifier, const std::string& operation);

  /// Does what a call asks for, unless it is the repetition of an operation.
  template <class F>
  result<void> once(const std::string& operation, F work, const std::optional<term>& about = {},
                    std::uint64_t kind = 0) {
    auto before = books.answered_before(operation, about, kind);
    if (!before || *before)
      return std::move(before).map([](auto) {});
    return work().map([&] { books.remember_call(operation, kind, options.now(), about); });
  }
  /// As above, for a call about one instance that tells whether it had an effect.
  template <class F>
  result<bool> once_about(const term& identifier, const std::string& operation, std::uint64_t kind,
                          F work) {
    auto before = books.answered_before(operation, identifier, kind);
    if (!before)
      return tl::unexpected(before.error());
    if (*before)
      return **before != recorded_operation::had_no_effect;
    return work().map([&](bool had_effect) {
      books.remember_call(operation, had_effect ? kind : kind | recorded_operation::had_no_effect,
                          options.now(), identifier);
      return had_effect;
    });
  }

  // -- checks -------------------------------------------------------------------------------------

  /// What must be answered before a request is handled.
  template <class Call, class Request>
  std::vector<question> questions_before(Call, const Request&) {
    return {};
  }
  std::vector<question> questions_before(atoms::initialise, const initialisation& request);
  std::vector<question> questions_before(atoms::step, const step_report& report);
  std::vector<question> questions_before(atoms::step, const local_steps& steps);
  std::vector<question> questions_about(std::span<const step_report* const> steps);

  /// Takes in a request that must wait.
  void postpone(postponed_requests::request request, const std::vector<question>& open);
  /// Asks the next question, unless one is being answered.
  void ask_checker();
  void check_done(const answer& given);
  void check_failed(const question& asked, const caf::error& why);
  void ask_later(const question& asked);
  void give_up(const question& asked, const failure& reason);
  /// Handles requests that waited, some at a time.
  void plan_resume();
  void resume();

  // -- group commit -------------------------------------------------------------------------------

  void hold(reply<receipt> to, const char* call, const std::string& client, decision made,
            const origin& from);
  void hold(reply<void> to, result<void> outcome);
  /// Answers what concerns the whole shard when it is durable.
  template <class T>
  caf::result<T> acknowledge(ticket& place, result<T> outcome);
  template <class T>
  void acknowledge(reply<T> to, result<T> outcome);

  /// Answers at once if nothing is staged; then the answer tells nothing that could be undone. And
  /// with `durability::async`.
  template <class T>
  void hold(reply<T> to, result<T> answer, std::vector<held_answer<T>>& waiting,
            std::vector<call_report> reports, caller who);

  static caller caller_of(const char* call, const std::string& client, const origin& from);
  /// Commits what is staged as soon as it has to be.
  void plan_commit();
  /// The message arrives behind everything that waits already, so that is what makes a batch.
  void commit_soon();
  void commit_batch();
  /// Commits what is staged, tells the error policies, and answers everybody who waits for it.
  result<void> flush();
  result<void> commit_books();
  /// Tells and answers everybody who waits for the commit.
  void conclude(const result<void>& committed);
  template <class T>
  void release(std::vector<held_answer<T>> waiting, const result<void>& committed);
  /// What an incarnation does differently after a crash.
  void begin_after_crash();
  caf::error crash_error();
  [[nodiscard]] failure list_refused() const;
  /// An error that is no specification's.
  void tell_node(const failure& reason);
  /// Tells that what was answered already is lost. @param for_sure Else it may be.
  void tell_lost(const failure& reason, bool for_sure);
  /// Tells the gate how long the batch took.
  void measure(timestamp flushed_at);

  // -- deadlines ----------------------------------------------------------------------------------

  void check_deadlines_on_start();
  /// Wakes the shard at the earliest deadline: one timer, whatever the number of instances.
  /// @param pause Not earlier than after so long, since something failed.
  void watch_deadlines(duration pause = duration::zero());
  void deadline_came();
  /// Counts some of the late instances. @returns whether there may be more.
  result<bool> expire(timestamp now);
  caf::result<void> expire_until(ticket& place, timestamp at);
  /// Counts one slice of late instances for one of the callers who wait.
  void expire_slice();
  /// Goes on later, if there is more.
  void go_on(expiry_task task, result<bool> more);
  /// As `expire`, and makes them durable: at once if there may be more.
  result<bool> expire_part(timestamp at);

  // -- deleting and pruning -----------------------------------------------------------------------

  caf::result<std::uint64_t> remove_all(ticket& place, const instance_filter& filter,
                                        const std::string& operation);
  void start_pruning();
  void prune_after(duration pause);
  /// Frees now and then what was kept long enough, whether anything is pruned or not.
  void collect_later();
  void plan_sweep();
  /// Does one slice of everything that is done slice by slice, and comes back for the next behind
  /// everybody who waits already; for the next of pruning after a rest.
  void sweep();
  /// Of deleting and pruning. @returns whether there is more that needs no rest.
  bool delete_slice();
  /// The task whose turn it is: a caller's at any time, pruning not while that rests. The end if
  /// there is none.
  std::deque<sweep_task>::iterator next_sweep();
  /// Does a slice of the task, which goes to the end of the queue then, or is finished.
  void take_turn(std::deque<sweep_task>::iterator turn);
  /// @param worked The time that a slice took.
  void rest_after(duration worked);
  /// Notes an exception as the instance's that the books were busy with last, of several.
  template <class F>
  auto blaming_one(F work) {
    try {
      return work();
    } catch (...) {
      if (const auto& one = books.handled_last())
        options.suspects->suspect(*one);
      throw;
    }
  }
  /// @returns whether that was the last slice.
  result<bool> sweep_slice_of(sweep_task& task);
  void finish(sweep_task& task, result<std::uint64_t> outcome);

  // -- reading ------------------------------------------------------------------------------------

  /// To be read: commits first what is staged.
  ledger& committed_books();
  [[nodiscard]] instance_predicate accepts(const instance_filter& filter) const;
  /// The instances that there are now.
  result<page_request> everything();
  caf::result<std::vector<instance>> show_all(ticket& place, const instance_filter& filter);
  /// Gathers one slice for the caller who has waited longest.
  void gather_slice();
  /// Adds some instances to a task. @returns whether that was the last of them. Errors:
  /// `invalid_argument` if they are too many by now.
  result<bool> gather(gathering_task& task);
  caf::result<shard_summary> summarise(ticket& place, std::uint64_t deviations);
  /// Counts one slice for the summary that has waited longest.
  void count_slice();
  result<instance_page> list(const instance_filter& filter, std::uint64_t from,
                             std::uint64_t limit);
  specification_texts show_specifications();

  shard_actor::pointer self;
  ledger books;
  shard_options options;

  bool commit_planned = false;
  /// Until changes are committed together again.
  caf::disposable careful_timer;
  /// For `durability::async`: a commit waits for its time.
  caf::disposable commit_timer;
  bool commit_timed = false;
  /// Requests whose changes were answered before they were durable, since the last commit.
  std::size_t answered_early = 0;
  /// The exception that ends this shard came out of a commit, which may have been made.
  bool commit_crashed = false;
  /// Changes that were staged when the turn of the present request came.
  std::size_t staged_before = 0;
  /// Requests since the batch was begun, and when that was.
  std::size_t batch_units = 0;
  timestamp batch_began{};
  std::vector<held_answer<receipt>> receipts;
  std::vector<held_answer<std::vector<step_answer>>> lists;
  std::vector<held_answer<void>> acknowledgements;
  std::vector<held_answer<bool>> findings;
  std::vector<held_answer<std::uint64_t>> counts;
  /// To be told once their batch is durable.
  std::vector<report> late_reports;

  postponed_requests postponed;
  bool resume_planned = false;
  /// A question is being answered, or will be asked again soon.
  bool asking = false;
  /// How often the current question was asked in vain, and how often nobody was there to ask.
  int unanswered = 0;
  int unheard = 0;
  caf::disposable check_timer;

  /// The deadline that `deadline_timer` waits for.
  std::optional<timestamp> watched;
  caf::disposable deadline_timer;

  bool sweep_planned = false;
  /// Since the last commit; its history may be left to be freed then.
  bool something_deleted = false;
  std::deque<sweep_task> sweeps;
  std::deque<summary_task> summaries;
  std::deque<gathering_task> gatherings;
  std::deque<expiry_task> expiries;
  /// Nothing is pruned until `rest_timer` comes.
  bool resting = false;
  caf::disposable rest_timer;
  caf::disposable prune_timer;
  caf::disposable collect_timer;
};

} // namespace lockstep
