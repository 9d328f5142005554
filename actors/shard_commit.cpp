/// A shard's group commit: who waits for it, and what a crash during it means for the next one.

#include "actors/shard_state.hpp"
#include "model/in_quotes.hpp"
#include "model/with_commas.hpp"

#include <chrono>
#include <exception>
#include <utility>

namespace lockstep {

namespace {

/// After a crash during a commit, how long every change is committed by itself.
constexpr auto careful_time = std::chrono::seconds{10};

} // namespace

void shard_state::hold(reply<receipt> to, const char* call, const std::string& client,
                       decision made, const origin& from) {
  std::vector<call_report> reports;
  for (auto& one : made.reports)
    reports.push_back({std::move(one), 0});
  auto who = reports.empty() ? caller{} : caller_of(call, client, from);
  hold(std::move(to), std::move(made.answer), receipts, std::move(reports), std::move(who));
}

void shard_state::hold(reply<void> to, result<void> outcome) {
  hold(std::move(to), std::move(outcome), acknowledgements, {}, {});
}

template <class T>
caf::result<T> shard_state::acknowledge(ticket& place, result<T> outcome) {
  auto promise = self->make_response_promise<T>();
  acknowledge(reply<T>{promise, std::move(place)}, std::move(outcome));
  return promise;
}

template <class T>
void shard_state::acknowledge(reply<T> to, result<T> outcome) {
  if (books.staged() == 0)
    return to.deliver(std::move(outcome));
  if constexpr (std::is_void_v<T>)
    acknowledgements.push_back({std::move(to), std::move(outcome), {}, {}});
  else
    findings.push_back({std::move(to), std::move(outcome), {}, {}});
  if (options.suspects->careful())
    (void)flush();
  else
    commit_soon();
}

template <class T>
void shard_state::hold(reply<T> to, result<T> answer, std::vector<held_answer<T>>& waiting,
                       std::vector<call_report> reports, caller who) {
  const auto staged = books.staged() > 0;
  if (!staged || options.durability == durability::async) {
    to.deliver(settle(std::move(answer), reports, who, books, options.report));
    answered_early += books.staged() > staged_before ? 1 : 0;
  } else {
    waiting.push_back({std::move(to), std::move(answer), std::move(reports), std::move(who)});
  }
  if (staged)
    plan_commit();
}

caller shard_state::caller_of(const char* call, const std::string& client, const origin& from) {
  return {call, client.empty() && from.sender ? caf::to_string(from.sender) : client};
}

void shard_state::plan_commit() {
  if (options.suspects->careful() || books.staged() >= options.max_batch)
    (void)flush();
  else if (options.durability == durability::commit)
    commit_soon();
  else if (!std::exchange(commit_timed, true))
    commit_timer = self->run_delayed(options.commit_interval, [this] { (void)flush(); });
}

void shard_state::commit_soon() {
  if (!std::exchange(commit_planned, true))
    compat::send(self, self, atoms::commit_v);
}

void shard_state::commit_batch() {
  commit_planned = false;
  (void)flush();
}

result<void> shard_state::flush() {
  commit_timer.dispose();
  commit_timed = false;
  if (books.staged() == 0)
    return {};
  const auto flushed_at = options.now();
  auto committed = commit_books();
  conclude(committed);
  measure(flushed_at);
  watch_deadlines(committed ? duration::zero() : retry_pause);
  if (committed)
    options.suspects->catch_up(books.store());
  if (committed && std::exchange(something_deleted, false))
    plan_sweep();                      // to free the histories
  if (committed && books.staged() > 0) // deadlines are being dropped, and there are more
    commit_soon();
  return committed;
}

void shard_state::conclude(const result<void>& committed) {
  auto late = std::exchange(late_reports, {});
  if (!committed && answered_early > 0)
    tell_lost(committed.error(), committed.error().code != ec::unavailable);
  else if (!committed)
    tell_node(committed.error());
  else
    for (const auto& one : late)
      (void)tell(one.error, books.policy_of(one), {"timer", {}}, options.report);
  answered_early = 0;
  release(std::exchange(receipts, {}), committed);
  release(std::exchange(lists, {}), committed);
  release(std::exchange(acknowledgements, {}), committed);
  release(std::exchange(findings, {}), committed);
  release(std::exchange(counts, {}), committed);
}

result<void> shard_state::commit_books() {
  try {
    return books.commit();
  } catch (...) {
    commit_crashed = true;
    options.suspects->suspect_batch();
    if (books.was_committed()) // else requests come back, and are done twice
      conclude({});
    throw;
  }
}

void shard_state::measure(timestamp flushed_at) {
  const auto units = std::exchange(batch_units, 0);
  if (!options.gate)
    return;
  // With pauses between commits, waiting is no sign of work.
  const auto began = options.durability == durability::commit ? batch_began : flushed_at;
  options.gate->served(units, options.now() - began);
}

template <class T>
void shard_state::release(std::vector<held_answer<T>> waiting, const result<void>& committed) {
  for (auto& [to, outcome, reports, who] : waiting)
    to.deliver(committed ? settle(std::move(outcome), reports, who, books, options.report)
                         : result<T>{tl::unexpected(committed.error())});
}

void shard_state::tell_node(const failure& reason) {
  (void)tell(reason, books.policy_of({}), {"commit", {}}, options.report);
}

void shard_state::tell_lost(const failure& reason, bool for_sure) {
  auto lost = reason;
  lost.message = books.shard_name() + (for_sure ? " has lost" : " may have lost")
                 + " what it recorded since its last commit, though " + with_commas(answered_early)
                 + (answered_early == 1 ? " request was" : " requests were")
                 + " answered: " + reason.message;
  lost.context.insert_or_assign("lost_requests", static_cast<std::int64_t>(answered_early));
  tell_node(lost);
}

// What a shard answers with.
template void shard_state::hold(reply<receipt>, result<receipt>, std::vector<held_answer<receipt>>&,
                                std::vector<call_report>, caller);
template void shard_state::hold(reply<std::vector<step_answer>>, result<std::vector<step_answer>>,
                                std::vector<held_answer<std::vector<step_answer>>>&,
                                std::vector<call_report>, caller);
template void shard_state::hold(reply<bool>, result<bool>, std::vector<held_answer<bool>>&,
                                std::vector<call_report>, caller);
template void shard_state::hold(reply<std::uint64_t>, result<std::uint64_t>,
                                std::vector<held_answer<std::uint64_t>>&, std::vector<call_report>,
                                caller);
template caf::result<void> shard_state::acknowledge(ticket&, result<void>);
template caf::result<bool> shard_state::acknowledge(ticket&, result<bool>);
template void shard_state::acknowledge(reply<void>, result<void>);

// -- crashes --------------------------------------------------------------------------------------

void shard_state::begin_after_crash() {
  self->set_exception_handler([this](std::exception_ptr& thrown) {
    try {
      std::rethrow_exception(thrown);
    } catch (...) {
      auto reason = crash_error();
      if (answered_early > 0)
        tell_lost(to_failure(reason), !commit_crashed);
      return reason;
    }
  });
  if (options.suspects->careful())
    careful_timer = self->run_delayed(careful_time, [this] { options.suspects->trust_again(); });
}

caf::error shard_state::crash_error() {
  return to_error({ec::unavailable, "it crashed: " + in_quotes(current_exception_text()), {}});
}

failure shard_state::list_refused() const {
  return {ec::unavailable,
          books.shard_name()
              + " takes no list just now, since one crashed it and it is not known which of its "
                "instances is to blame; send the requests one by one, with operation ids if they "
                "may have been recorded before, or try again in "
              + to_string(time_limit{careful_time}),
          {}};
}

} // namespace lockstep
