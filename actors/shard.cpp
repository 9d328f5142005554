#include "actors/shard.hpp"

#include "actors/shard_state.hpp"
#include "model/in_quotes.hpp"
#include "model/workflow/specification_json.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace lockstep {

namespace {

/// After a crash during a commit, how long every change is committed by itself.
constexpr auto careful_time = std::chrono::seconds{10};

} // namespace

shard_actor::behavior_type shard_state::make_behavior() {
  compat::on_exit_request(self, [this](const caf::error& reason) { close(reason); });
  begin_after_crash();
  check_deadlines_on_start();
  start_pruning();
  return {
      [this](atoms::initialise call, const initialisation& request) {
        return serve<receipt>(call, request, [this](auto&&... args) { initialise(args...); });
      },
      [this](atoms::step call, const step_report& report) {
        return serve<receipt>(call, report, [this](auto&&... args) { step(args...); });
      },
      [this](atoms::step call, const std::vector<step_report>& steps) {
        return serve<std::vector<step_answer>>(call, steps,
                                               [this](auto&&... args) { record(args...); });
      },
      [this](atoms::mock call, const initialisation& request) {
        return serve<void>(call, request, [this](auto&&... args) { mock(args...); });
      },
      [this](atoms::get call, const term& identifier) {
        return serve<instance>(call, identifier, [this](auto&&... args) { get(args...); });
      },
      [this](atoms::show_all, const instance_filter& filter) { return show_all(filter); },
      [this](atoms::remove call, const term& identifier) {
        return serve<void>(call, identifier, [this](auto&&... args) { remove_one(args...); });
      },
      [this](atoms::remove call, const std::vector<term>& identifiers) {
        return serve<void>(call, identifiers, [this](auto&&... args) { remove(args...); });
      },
      [this](atoms::remove_all, const instance_filter& filter) { return remove_all(filter); },
      [this](atoms::list, const instance_filter& filter, std::uint64_t from, std::uint64_t limit) {
        return list(filter, from, limit);
      },
      [this](atoms::summarise, std::uint64_t limit) { return to_caf(summarise(limit)); },
      [this](atoms::show_models) -> caf::result<std::vector<implementation_model>> {
        return books.models();
      },
      [this](atoms::adopt_models, const std::vector<implementation_model>& models) {
        return acknowledge(books.adopt(models));
      },
      [this](atoms::declare, const local_specification& declared) {
        return acknowledge(books.declare(declared.value));
      },
      [this](atoms::show_specifications) { return show_specifications(); },
      [this](atoms::show_quarantined) { return show_quarantined(); },
      [this](atoms::release, const term& identifier) { return release_quarantined(identifier); },
      [this](atoms::expire, const point_in_time& time) { return acknowledge(expire_all(time.at)); },
      [this](atoms::expire) { deadline_came(); },
      [this](atoms::sweep) { sweep(); },
      [this](atoms::resume) { resume(); },
      [this](atoms::commit) { commit_batch(); },
  };
}

void shard_state::close(const caf::error& reason) {
  (void)flush();
  postponed.refuse_all({ec::unavailable,
                        books.shard_name()
                            + " stops before a check has come to its end, so nothing is recorded; "
                              "try again later",
                        {}});
  self->quit(reason);
}

// -- requests about instances ---------------------------------------------------------------------

template <class T, class Call, class Request, class F>
caf::result<T> shard_state::serve(Call call, const Request& request, F handle) {
  const origin from{self->current_sender(), options.now()}; // the promise takes the sender away
  auto to = self->make_response_promise<T>();
  const auto others =
      any_instance(request, [this](const term& one) { return postponed.concerns(one); });
  const auto ask = [this, call](const Request& about) {
    return on_behalf_of(about, [&] { return questions_before(call, about); });
  };
  const auto open = others ? std::vector<question>{} : ask(request);
  const auto finish = [this, handle, to, from](const Request& about) {
    on_behalf_of(about, [&] { handle(to, about, from); });
  };
  if (!others && open.empty()) {
    finish(request);
    return to;
  }
  auto kept = std::make_shared<const Request>(request);
  postpone(
      {instances_of(request), [ask, kept] { return ask(*kept); }, [finish, kept] { finish(*kept); },
       [to](const failure& reason) mutable { deliver(to, result<T>{tl::unexpected(reason)}); }},
      open);
  return to;
}

template <class F>
decision shard_state::decide(const term& identifier, F make) {
  if (auto refused = options.suspects->refusal(identifier))
    return {tl::unexpected(*refused), {report{*refused, nullptr}}};
  return on_behalf_of(identifier, make);
}

void shard_state::initialise(promise<receipt> to, const initialisation& request,
                             const origin& from) {
  hold(std::move(to), "initialise", request.client,
       decide(request.identifier, [&] { return books.initialise(request, from.at); }), from);
}

void shard_state::step(promise<receipt> to, const step_report& report, const origin& from) {
  hold(std::move(to), "step", report.client,
       decide(report.identifier, [&] { return books.step(report, from.at); }), from);
}

void shard_state::record(promise<std::vector<step_answer>> to,
                         const std::vector<step_report>& steps, const origin& from) {
  std::vector<step_answer> answers;
  std::vector<call_report> reports;
  answers.reserve(steps.size());
  for (const auto& one : steps) {
    auto made = decide(one.identifier, [&] { return books.step(one, from.at); });
    for (auto& about : made.reports)
      reports.push_back({std::move(about), answers.size()});
    answers.push_back(made.answer ? step_answer{*made.answer, std::nullopt}
                                  : step_answer{{}, std::move(made.answer.error())});
  }
  auto who = reports.empty() ? caller{} : caller_of("step", steps.front().client, from);
  hold(std::move(to), result<std::vector<step_answer>>{std::move(answers)}, lists,
       std::move(reports), std::move(who));
}

void shard_state::mock(promise<void> to, const initialisation& request, const origin& from) {
  if (auto refused = options.suspects->refusal(request.identifier))
    return deliver(to, result<void>{tl::unexpected(*refused)});
  hold(std::move(to), books.mock(request, from.at));
}

void shard_state::get(promise<instance> to, const term& identifier, const origin&) {
  if (auto refused = options.suspects->refusal(identifier))
    return deliver(to, result<instance>{tl::unexpected(*refused)});
  deliver(to, flush().and_then([&] { return books.get(identifier); }));
}

void shard_state::remove(promise<void> to, const std::vector<term>& identifiers, const origin&) {
  for (const auto& one : identifiers)
    if (auto refused = options.suspects->refusal(one))
      return deliver(to, result<void>{tl::unexpected(*refused)});
  for (const auto& one : identifiers)
    if (auto removed = on_behalf_of(one, [&] { return books.remove(one); }); !removed)
      return hold(std::move(to), result<void>{tl::unexpected(removed.error())});
  hold(std::move(to), result<void>{});
  plan_sweep(); // to free the histories
}

void shard_state::remove_one(promise<void> to, const term& identifier, const origin& from) {
  remove(std::move(to), std::vector{identifier}, from);
}

// -- group commit ---------------------------------------------------------------------------------

void shard_state::hold(promise<receipt> to, const char* call, const std::string& client,
                       decision made, const origin& from) {
  std::vector<call_report> reports;
  for (auto& one : made.reports)
    reports.push_back({std::move(one), 0});
  auto who = reports.empty() ? caller{} : caller_of(call, client, from);
  hold(std::move(to), std::move(made.answer), receipts, std::move(reports), std::move(who));
}

void shard_state::hold(promise<void> to, result<void> outcome) {
  hold(std::move(to), std::move(outcome), acknowledgements, {}, {});
}

caf::result<void> shard_state::acknowledge(result<void> outcome) {
  auto to = self->make_response_promise<void>();
  hold(to, std::move(outcome));
  return to;
}

template <class T>
void shard_state::hold(promise<T> to, result<T> answer, std::vector<held_answer<T>>& waiting,
                       std::vector<call_report> reports, caller who) {
  if (books.staged() == 0) {
    deliver(to, settle(std::move(answer), reports, who, books, options.report));
    return;
  }
  waiting.push_back({std::move(to), std::move(answer), std::move(reports), std::move(who)});
  plan_commit();
}

caller shard_state::caller_of(const char* call, const std::string& client, const origin& from) {
  return {call, client.empty() && from.sender ? caf::to_string(from.sender) : client};
}

void shard_state::plan_commit() {
  if (careful || books.staged() >= options.max_batch) {
    (void)flush();
    return;
  }
  if (!std::exchange(commit_planned, true))
    compat::send(self, self, atoms::commit_v);
}

void shard_state::commit_batch() {
  commit_planned = false;
  (void)flush();
}

result<void> shard_state::flush() {
  if (books.staged() == 0)
    return {};
  auto committed = commit_books();
  auto late = std::exchange(late_reports, {});
  if (!committed)
    tell_node(committed.error());
  else
    for (const auto& one : late)
      (void)tell(one.error, books.policy_of(one), {"timer", {}}, options.report);
  release(std::exchange(receipts, {}), committed);
  release(std::exchange(lists, {}), committed);
  release(std::exchange(acknowledgements, {}), committed);
  if (!committed && committed.error().code == ec::unavailable)
    self->quit(to_error(committed.error()));
  watch_deadlines(committed ? duration::zero() : retry_pause);
  if (books.staged() > 0) // deadlines are being dropped, and there are more
    plan_commit();
  return committed;
}

result<void> shard_state::commit_books() {
  try {
    return books.commit();
  } catch (...) {
    options.suspects->suspect_batch();
    throw;
  }
}

template <class T>
void shard_state::release(std::vector<held_answer<T>> waiting, const result<void>& committed) {
  for (auto& [to, outcome, reports, who] : waiting)
    deliver(to, committed ? settle(std::move(outcome), reports, who, books, options.report)
                          : result<T>{tl::unexpected(committed.error())});
}

void shard_state::tell_node(const failure& reason) {
  (void)tell(reason, books.policy_of({}), {"commit", {}}, options.report);
}

// -- crashes --------------------------------------------------------------------------------------

void shard_state::begin_after_crash() {
  self->set_exception_handler([this](std::exception_ptr& thrown) {
    try {
      std::rethrow_exception(thrown);
    } catch (...) {
      return crash_error();
    }
  });
  careful = options.suspects->careful();
  if (careful)
    careful_timer = self->run_delayed(careful_time, [this] { careful = false; });
}

caf::error shard_state::crash_error() {
  return to_error({ec::unavailable, "it crashed: " + in_quotes(current_exception_text()), {}});
}

caf::result<std::vector<quarantined_instance>> shard_state::show_quarantined() {
  return options.suspects->all();
}

caf::result<void> shard_state::release_quarantined(const term& identifier) {
  return to_caf(options.suspects->release(books.store(), identifier));
}

// -- reading --------------------------------------------------------------------------------------

instance_predicate shard_state::accepts(const instance_filter& filter) const {
  return
      [filter, now = options.now()](const instance_head& one) { return matches(filter, one, now); };
}

caf::result<std::vector<instance>> shard_state::show_all(const instance_filter& filter) {
  return to_caf(flush().and_then([&] { return books.all(accepts(filter)); }));
}

caf::result<instance_page> shard_state::list(const instance_filter& filter, std::uint64_t from,
                                             std::uint64_t limit) {
  page_request part;
  part.from = from;
  part.limit = std::min<std::uint64_t>(limit, part.limit);
  return to_caf(flush().and_then([&] { return books.store().page(part, accepts(filter)); }));
}

caf::result<specification_texts> shard_state::show_specifications() {
  specification_texts texts;
  for (const auto& [key, spec] : books.specifications())
    texts.json.push_back(to_json_text(*spec));
  return texts;
}

result<shard_summary> shard_state::summarise(std::uint64_t limit) {
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
