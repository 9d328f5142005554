#include "actors/shard.hpp"

#include "actors/shard_state.hpp"
#include "model/operation_id.hpp"
#include "model/workflow/specification_json.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace lockstep {

namespace {

template <class Request>
bool overdue(const Request&, timestamp) {
  return false; // the steps of a list each for themselves
}

bool overdue(const std::optional<timestamp>& deadline, timestamp now) {
  return deadline && *deadline < now;
}

bool overdue(const initialisation& request, timestamp now) {
  return overdue(request.deadline, now);
}

bool overdue(const step_report& report, timestamp now) { return overdue(report.deadline, now); }

/// Where the answer to a request is put that is not sent to its sender.
template <class Request>
std::shared_ptr<answer_slot> slot_of(const Request&) {
  return nullptr;
}

std::shared_ptr<answer_slot> slot_of(const local_steps& steps) { return steps.slot; }

} // namespace

failure expired_request() {
  return {ec::request_expired,
          "the deadline of the request passed before its turn came, so it was not executed; give "
          "it more "
          "time or no deadline, or send less at a time",
          {}};
}

shard_actor::behavior_type shard_state::make_behavior() {
  compat::on_exit_request(self, [this](const caf::error& reason) { close(reason); });
  begin_after_crash();
  check_deadlines_on_start();
  start_pruning();
  if (options.time == timekeeping::clock)
    collect_later();
  return {
      [this](atoms::initialise call, const initialisation& request, ticket& place) {
        return serve<receipt>(call, request, place, [this](auto& to, const auto&... about) {
          initialise(std::move(to), about...);
        });
      },
      [this](atoms::step call, const step_report& report, ticket& place) {
        return serve<receipt>(call, report, place, [this](auto& to, const auto&... about) {
          step(std::move(to), about...);
        });
      },
      [this](atoms::step call, const local_steps& steps, ticket& place) {
        return serve<std::vector<step_answer>>(
            call, steps, place,
            [this](auto& to, const auto&... about) { record(std::move(to), about...); });
      },
      [this](atoms::mock call, const initialisation& request, ticket& place) {
        return serve<void>(call, request, place, [this](auto& to, const auto&... about) {
          mock(std::move(to), about...);
        });
      },
      [this](atoms::get call, const term& identifier, ticket& place) {
        return serve<instance>(call, identifier, place, [this](auto& to, const auto&... about) {
          get(std::move(to), about...);
        });
      },
      [this](atoms::show_all, const instance_filter& filter, ticket& place) {
        return show_all(place, filter);
      },
      [this](atoms::remove call, const term& identifier, const std::string& operation,
             ticket& place) {
        return serve<bool>(call, identifier, place,
                           [this, operation](auto& to, const term& one, const origin&) {
                             remove(std::move(to), one, operation);
                           });
      },
      [this](atoms::remove call, const std::vector<term>& identifiers, const std::string& operation,
             ticket& place) {
        return serve<std::uint64_t>(call, identifiers, place,
                                    [this, operation](auto& to, const auto& all, const origin&) {
                                      remove(std::move(to), all, operation);
                                    });
      },
      [this](atoms::remove_all, const instance_filter& filter, const std::string& operation,
             ticket& place) { return remove_all(place, filter, operation); },
      [this](atoms::list, const instance_filter& filter, std::uint64_t from, std::uint64_t limit,
             ticket& place) {
        return reply_with<instance_page>(place, [&] { return list(filter, from, limit); });
      },
      [this](atoms::summarise, std::uint64_t limit, ticket& place) {
        return summarise(place, limit);
      },
      [this](atoms::show_models, ticket& place) {
        return reply_with<std::vector<implementation_model>>(
            place, [&] { return committed_books().models(); });
      },
      [this](atoms::adopt_models, const std::vector<implementation_model>& models,
             const std::string& operation, ticket& place) {
        return acknowledge(place, in_time(place, [&] {
                             return once(operation, [&] { return books.adopt(models); });
                           }));
      },
      [this](atoms::declare, const local_specification& declared, const std::string& operation,
             ticket& place) {
        return acknowledge(place, in_time(place, [&] {
                             return once(operation, [&] { return books.declare(declared.value); });
                           }));
      },
      [this](atoms::show_specifications, ticket& place) {
        return reply_with<specification_texts>(place, [&] { return show_specifications(); });
      },
      [this](atoms::expire, const point_in_time& time, ticket& place) {
        return expire_until(place, time.at);
      },
      [this](atoms::show_quarantined, ticket& place) {
        return reply_with<std::vector<quarantined_instance>>(
            place, [&] { return options.suspects->all(); });
      },
      [this](atoms::release, const term& identifier, const std::string& operation, ticket& place) {
        return acknowledge(place, in_time(place, [&] { return let_go(identifier, operation); }));
      },
      [this](atoms::expire) { deadline_came(); },
      [this](atoms::sweep) { sweep(); },
      [this](atoms::resume) { resume(); },
      [this](atoms::commit) { commit_batch(); },
  };
}

void shard_state::close(const caf::error& reason) {
  (void)flush();
  options.suspects->catch_up(books.store());
  postponed.refuse_all({ec::unavailable,
                        books.shard_name()
                            + " stops before a check has come to its end, so nothing is recorded; "
                              "try again later",
                        {}});
  self->quit(reason);
}

// -- requests about instances ---------------------------------------------------------------------

template <class T, class Call, class Request, class F>
caf::result<T> shard_state::serve(Call call, const Request& request, ticket& place, F handle) {
  const auto now = options.now();
  const origin from{self->current_sender(), now, now}; // the promise takes the sender away
  if (books.staged() == 0) {
    batch_units = 0;
    batch_began = now;
  }
  batch_units += place.units();
  auto promise = self->make_response_promise<T>();
  const auto due = place.deadline();
  reply<T> to{promise, std::move(place), slot_of(request)};
  if (options.suspects->wary_of_lists() && only_instance(request) == nullptr) {
    to.deliver(tl::unexpected(list_refused()));
    return promise;
  }
  if (overdue(request, now) || overdue(due, now)) {
    to.deliver(tl::unexpected(expired_request()));
    return promise;
  }
  const auto others =
      any_instance(request, [this](const term& one) { return postponed.concerns(one); });
  const auto ask = [this, call](const Request& about) {
    return on_behalf_of(about, [&] { return questions_before(call, about); });
  };
  const auto open = others ? std::vector<question>{} : ask(request);
  if (!others && open.empty()) {
    staged_before = books.staged();
    on_behalf_of(request, [&] { handle(to, request, from); });
    return promise;
  }
  auto kept = std::make_shared<const Request>(request);
  auto owed = std::make_shared<reply<T>>(std::move(to));
  postpone({instances_of(request),
            [this, ask, kept] {
              return overdue(*kept, options.now()) ? std::vector<question>{} : ask(*kept);
            },
            [this, handle, owed, kept, from, due] {
              const origin late{from.sender, from.at, options.now()};
              staged_before = books.staged();
              if (overdue(*kept, late.turn) || overdue(due, late.turn))
                owed->deliver(tl::unexpected(expired_request()));
              else
                on_behalf_of(*kept, [&] { handle(*owed, *kept, late); });
            },
            [owed](const failure& reason) { owed->deliver(tl::unexpected(reason)); }},
           open);
  return promise;
}

template <class T, class F>
caf::result<T> shard_state::reply_with(ticket& place, F read) {
  auto promise = self->make_response_promise<T>();
  auto answer = in_time(place, [&]() -> result<T> { return read(); });
  reply<T>{promise, std::move(place)}.deliver(std::move(answer));
  return promise;
}

template <class F>
decision shard_state::decide(const term& identifier, F make) {
  if (auto refused = options.suspects->refusal(identifier))
    return {tl::unexpected(*refused), {report{*refused, nullptr}}};
  return on_behalf_of(identifier, make);
}

void shard_state::initialise(reply<receipt> to, const initialisation& request, const origin& from) {
  hold(std::move(to), "initialise", request.client,
       decide(request.identifier, [&] { return books.initialise(request, from.at); }), from);
}

void shard_state::step(reply<receipt> to, const step_report& report, const origin& from) {
  hold(std::move(to), "step", report.client,
       decide(report.identifier, [&] { return books.step(report, from.at); }), from);
}

void shard_state::record(reply<std::vector<step_answer>> to, const local_steps& steps,
                         const origin& from) {
  std::vector<step_answer> answers;
  std::vector<call_report> reports;
  answers.reserve(steps.own.size());
  for (const auto* one : steps.own) {
    if (overdue(*one, from.turn)) {
      answers.push_back({{}, expired_request()});
      continue;
    }
    auto made = decide(one->identifier, [&] { return books.step(*one, from.at); });
    for (auto& about : made.reports)
      reports.push_back({std::move(about), answers.size()});
    answers.push_back(made.answer ? step_answer{*made.answer, std::nullopt}
                                  : step_answer{{}, std::move(made.answer.error())});
  }
  auto who = reports.empty() ? caller{} : caller_of("step", steps.own.front()->client, from);
  hold(std::move(to), result<std::vector<step_answer>>{std::move(answers)}, lists,
       std::move(reports), std::move(who));
}

void shard_state::mock(reply<void> to, const initialisation& request, const origin& from) {
  if (auto refused = options.suspects->refusal(request.identifier))
    return to.deliver(tl::unexpected(*refused));
  something_deleted = true; // perhaps
  hold(std::move(to), books.mock(request, from.at));
}

void shard_state::get(reply<instance> to, const term& identifier, const origin&) {
  if (auto refused = options.suspects->refusal(identifier))
    return to.deliver(tl::unexpected(*refused));
  to.deliver(committed_books().get(identifier));
}

void shard_state::remove(reply<bool> to, const term& identifier, const std::string& operation) {
  if (auto refused = options.suspects->refusal(identifier))
    return to.deliver(tl::unexpected(*refused));
  hold(std::move(to), remove_once(identifier, operation), findings, {}, {});
}

void shard_state::remove(reply<std::uint64_t> to, const std::vector<term>& identifiers,
                         const std::string& operation) {
  const std::set<term> each{identifiers.begin(), identifiers.end()};
  for (const auto& one : each)
    if (auto refused = options.suspects->refusal(one))
      return to.deliver(tl::unexpected(*refused));
  result<std::uint64_t> removed = 0;
  for (const auto& one : each) {
    if (auto was_there = remove_once(one, operation_about(operation, one)); !was_there)
      removed = tl::unexpected(was_there.error());
    else
      *removed += *was_there ? 1 : 0;
    if (!removed)
      break;
  }
  hold(std::move(to), std::move(removed), counts, {}, {});
}

result<bool> shard_state::remove_once(const term& identifier, const std::string& operation) {
  return once_about(identifier, operation, recorded_operation::deletion, [&] {
    something_deleted = true;
    return on_behalf_of(identifier, [&] { return books.remove(identifier); });
  });
}

result<bool> shard_state::let_go(const term& identifier, const std::string& operation) {
  auto before = books.answered_before(operation, identifier, recorded_operation::release);
  if (!before)
    return tl::unexpected(before.error());
  auto& suspects = *options.suspects;
  const auto is_held = suspects.contains(identifier);
  if (*before) {
    const auto had_effect = **before != recorded_operation::had_no_effect;
    // That its commit worked may not have been known then.
    auto known = had_effect && is_held ? suspects.refresh(books.store()) : result<void>{};
    return known.map([&] { return had_effect; });
  }
  const auto made = recorded_operation::release | (is_held ? 0 : recorded_operation::had_no_effect);
  return suspects
      .release(books.store(), identifier,
               books.remembered_call(operation, made, options.now(), identifier))
      .map([&] { return is_held; });
}

term shard_name(std::uint32_t index) {
  return term::tuple({atom{"shard"}, static_cast<std::int64_t>(index)});
}

std::vector<term> shard_names(std::uint32_t count) {
  std::vector<term> names;
  for (std::uint32_t index = 1; index <= count; ++index)
    names.push_back(shard_name(index));
  return names;
}

std::string shard_display_name(std::uint32_t index) {
  return "DistributedInstanceManager.Server_" + std::to_string(index);
}

failure at_shard(std::uint32_t index, failure reason) {
  reason.context.try_emplace("shard", shard_display_name(index));
  return reason;
}

shard_actor spawn_shard(caf::actor_system& system, ledger books, shard_options options) {
  if (options.where == placement::own_thread)
    return compat::spawn<shard_actor, shard_state, caf::detached>(system, std::move(books),
                                                                  std::move(options));
  return compat::spawn<shard_actor, shard_state>(system, std::move(books), std::move(options));
}

} // namespace lockstep
