/// How a supervisor starts and stops its children.

#include "actors/errors.hpp"
#include "actors/supervision/supervisor_state.hpp"
#include "model/in_quotes.hpp"

#include <caf/actor_system.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace lockstep {

namespace {

/// How long a registration may take before the child counts as not started.
constexpr auto registration_timeout = std::chrono::seconds{5};

/// Pause before a start is tried again that may fail as often as it likes.
constexpr duration retry_pause = std::chrono::seconds{1};

/// A longer time to end is cut to this one: the clock counts in nanoseconds.
constexpr duration longest_shutdown = std::chrono::years{100};

/// Pause before it is looked again whether a child's name is free.
constexpr auto name_pause = std::chrono::milliseconds{50};

/// How long a name may be taken before that counts as a start that failed: longer than a killed
/// actor needs to end what it is just doing, usually a commit.
constexpr auto name_patience = std::chrono::seconds{10};

exit_kind kind_of(const caf::error& reason) {
  return !reason || reason == caf::exit_reason::user_shutdown ? exit_kind::clean : exit_kind::crash;
}

std::string text_of(const restart_intensity& limit) {
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit.period()).count();
  return std::to_string(limit.max_restarts()) + " restarts in " + std::to_string(seconds) + " s";
}

} // namespace

// -- starting and stopping one --------------------------------------------------------------------

void supervisor_state::start(supervised_child& one) {
  if (must_wait_for_name(one))
    return wait_for_name(one);
  set(one, child_state::starting);
  one.due = false;
  one.unnamed.reset();
  auto started = attempt(*one.spec);
  if (!started) {
    start_failed(one, started.error());
    return;
  }
  one.actor = std::move(*started);
  ++one.starts;
  by_actor.emplace(caf::actor_cast<caf::actor_addr>(one.actor), &one);
  compat::watch(self, one.actor,
                [this](const caf::actor_addr& who, const caf::error& why) { ended(who, why); });
  if (one.spec->name)
    register_name(one);
  else
    has_started(one);
}

/// A start that throws must not end the supervisor, which would leave the others alone.
result<caf::strong_actor_ptr> supervisor_state::attempt(const child_spec& spec) {
  try {
    auto started = spec.start(self->home_system());
    if (started && !*started)
      return fail(ec::unavailable, "starting it gave no actor");
    if (started && by_actor.contains(caf::actor_cast<caf::actor_addr>(*started)))
      return fail(ec::unavailable, "starting it gave an actor that is another child");
    return started;
  } catch (const std::exception& thrown) {
    return fail(ec::unavailable, "starting it threw " + in_quotes(thrown.what()));
  } catch (...) {
    return fail(ec::unavailable, "starting it threw something that is no std::exception");
  }
}

bool supervisor_state::must_wait_for_name(supervised_child& one) const {
  if (one.asked || !one.spec->name || !options.names)
    return false;
  const auto holder = options.names->lookup(*one.spec->name);
  return holder && !compat::has_ended(holder) && may_wait_for_name(one);
}

bool supervisor_state::may_wait_for_name(supervised_child& one) const {
  const auto now = self->clock().now();
  if (!one.name_taken_since) {
    one.name_taken_since = now;
    tell(ec::already_registered,
         one.id() + " is started when the actor that has its name has ended",
         {{"child", one.id()}, {"name", *one.spec->name}});
  }
  return now - *one.name_taken_since < name_patience;
}

/// A killed actor may still be in the middle of something. That is no flaw of its successor, so
/// it does not count.
void supervisor_state::wait_for_name(supervised_child& one) {
  keep_for_retry(one);
  retry_after(name_pause, one);
}

void supervisor_state::register_name(supervised_child& one) {
  auto registry = options.names ? options.names->registry() : registry_actor{};
  if (!registry)
    return not_named(one.actor, {ec::unavailable, "there is no registry", {}});
  compat::request(self, registry, registration_timeout, atoms::register_name_v, *one.spec->name,
                  one.actor)
      .then([this, actor = one.actor](std::uint64_t) { named(actor); },
            [this, actor = one.actor](const caf::error& reason) {
              not_named(actor, to_failure(reason));
            });
}

void supervisor_state::named(const caf::strong_actor_ptr& actor) {
  auto found = by_actor.find(caf::actor_cast<caf::actor_addr>(actor));
  if (found == by_actor.end() || found->second->state != child_state::starting)
    return;
  has_started(*found->second);
  go_on();
}

void supervisor_state::not_named(const caf::strong_actor_ptr& actor, failure reason) {
  auto found = by_actor.find(caf::actor_cast<caf::actor_addr>(actor));
  if (found == by_actor.end() || found->second->state != child_state::starting)
    return;
  auto& one = *found->second;
  reason.message = one.id() + " got no name: " + reason.message;
  tell(reason.code, reason.message);
  one.unnamed = std::move(reason);
  compat::ask_to_exit(actor, caf::exit_reason::kill);
}

void supervisor_state::has_started(supervised_child& one) {
  set(one, child_state::running);
  one.name_taken_since.reset();
  if (std::exchange(one.before, std::nullopt))
    one.renew_budget();
  if (auto asked = std::exchange(one.asked, std::nullopt))
    asked->deliver(one.actor);
  settle(one);
}

void supervisor_state::start_failed(supervised_child& one, const failure& reason) {
  if (auto asked = std::exchange(one.asked, std::nullopt)) {
    asked->deliver(to_error(reason));
    auto before = std::exchange(one.before, std::nullopt);
    if (!before)
      return forget(one);
    set(one, *before);
    return settle(one);
  }
  if (ending)
    return has_stopped(one);
  if (one.unnamed && reason.code == ec::already_registered && may_wait_for_name(one)) {
    --one.starts;
    return wait_for_name(one);
  }
  set(one, child_state::ended);
  judge(one, exit_kind::crash, reason, true);
}

void supervisor_state::stop(supervised_child& one) {
  set(one, child_state::stopping);
  const auto& limit = one.spec->shutdown;
  if (limit && *limit <= duration::zero()) {
    compat::ask_to_exit(one.actor, caf::exit_reason::kill);
    return;
  }
  compat::ask_to_exit(one.actor, caf::exit_reason::user_shutdown);
  if (limit)
    one.kill_timer = self->run_delayed(std::min(*limit, longest_shutdown), [actor = one.actor] {
      compat::ask_to_exit(actor, caf::exit_reason::kill);
    });
}

void supervisor_state::has_stopped(supervised_child& one) {
  set(one, child_state::stopped);
  one.name_taken_since.reset();
  auto terminators = std::exchange(one.terminators, {});
  auto unwanted = options.forget_ended || one.spec->restart == restart_type::temporary;
  // Else those who wait for its start are answered when it is started with others.
  if (one.asked && (ending || !terminators.empty())) {
    unwanted = unwanted || !one.before;
    refuse_start(one);
  }
  for (auto& asked : terminators)
    asked.deliver();
  if (!terminators.empty() && unwanted && !ending)
    forget(one);
  else
    settle(one);
}

void supervisor_state::refuse_start(supervised_child& one) {
  one.before.reset();
  if (auto asked = std::exchange(one.asked, std::nullopt))
    asked->deliver(
        to_error({ec::unavailable, one.id() + " was stopped before its start had ended", {}}));
}

void supervisor_state::set(supervised_child& one, child_state next) {
  active -= one.active() ? 1 : 0;
  parked -= one.state == child_state::parked ? 1 : 0;
  one.state = next;
  active += one.active() ? 1 : 0;
  parked += one.state == child_state::parked ? 1 : 0;
}

void supervisor_state::settle(supervised_child& one) {
  for (auto& request : std::exchange(one.waiting, {})) {
    if (ending)
      request(); // which refuses it
    else
      later.push_back(std::move(request));
  }
}

void supervisor_state::forget(supervised_child& one) {
  refuse_start(one);
  settle(one);
  set(one, child_state::stopped);
  if (round) {
    std::erase(round->to_stop, &one);
    if (round->awaited == &one)
      round->awaited = nullptr;
  }
  children.remove(one);
}

// -- when one ends --------------------------------------------------------------------------------

void supervisor_state::ended(const caf::actor_addr& who, const caf::error& why) {
  auto found = by_actor.find(who);
  if (found == by_actor.end())
    return;
  auto& one = *found->second;
  by_actor.erase(found);
  one.actor = nullptr;
  one.kill_timer.dispose();
  if (one.state == child_state::stopping) {
    has_stopped(one);
  } else if (one.state == child_state::starting) {
    const failure too_early{
        ec::unavailable, one.id() + " ended while it started: " + caf::to_string(why), {}};
    start_failed(one, one.unnamed.value_or(too_early));
  } else if (one.due) {
    // It would have been stopped and started again anyway.
    has_stopped(one);
  } else {
    set(one, child_state::ended);
    const failure reason{to_failure(why).code, caf::to_string(why), {}};
    when_calm([this, id = one.id(), how = kind_of(why), reason] {
      auto* judged = children.find(id);
      if (judged && judged->state == child_state::ended && !ending)
        judge(*judged, how, reason, false);
    });
  }
  go_on();
}

void supervisor_state::judge(supervised_child& one, exit_kind how, const failure& why,
                             bool at_start) {
  restart_intensity any{no_limit};
  const auto excused =
      how == exit_kind::crash && intensity.max_restarts() > 0 ? one.excuse(why.code) : std::nullopt;
  auto* budget = excused ? &any : one.budget ? &*one.budget : nullptr;
  const auto at_most = text_of(budget ? *budget : intensity);
  switch (judge_end(one.spec->restart, how, options.forget_ended, budget, intensity,
                    self->clock().now())) {
  case end_verdict::keep:
    set(one, child_state::stopped);
    settle(one);
    break;
  case end_verdict::forget:
    forget(one);
    break;
  case end_verdict::park:
    one.why = why.message;
    set(one, child_state::parked);
    settle(one);
    tell(ec::child_parked,
         one.id() + " is parked until it is started by hand: more than " + at_most
             + ", the last one because of " + why.message,
         {{"child", one.id()}, {"reason", why.message}});
    break;
  case end_verdict::give_up: {
    auto reason = options.id + " gives up: more than " + at_most + ", the last of " + one.id()
                  + " (" + why.message + ")";
    set(one, child_state::stopped);
    tell(ec::unavailable, reason);
    stop_all(to_error({ec::unavailable, reason, {}}));
    break;
  }
  case end_verdict::restart:
    tell(ec::unavailable, one.id() + " has ended (" + why.message + ") and is started again");
    if (at_start)
      retry_later(one, excused);
    else
      restart(one);
  }
}

void supervisor_state::restart(supervised_child& one) {
  if (options.strategy == restart_strategy::one_for_one)
    start(one);
  else
    begin_round(one);
}

void supervisor_state::keep_for_retry(supervised_child& one) {
  set(one, child_state::retrying);
  settle(one);
  if (options.strategy != restart_strategy::one_for_one) {
    // The others that are due wait for it.
    one.due = true;
    round.reset();
  }
}

void supervisor_state::retry_after(duration pause, const supervised_child& one) {
  self->run_delayed(pause, [this, id = one.id()] { retry(id); });
}

void supervisor_state::retry_later(supervised_child& one, time_limit pause) {
  keep_for_retry(one);
  const auto& limit = one.budget ? *one.budget : intensity;
  if (!pause)
    pause = limit.max_restarts() == no_limit ? retry_pause : duration::zero();
  if (*pause > duration::zero())
    return retry_after(*pause, one);
  // By a message, so that others are heard in between.
  retries.push_back(one.id());
  compat::send(self, self, atoms::resume_v);
}

void supervisor_state::resume() {
  if (retries.empty())
    return;
  auto id = std::move(retries.front());
  retries.pop_front();
  retry(id);
}

void supervisor_state::retry(const std::string& id) {
  when_calm([this, id] {
    auto* one = children.find(id);
    if (one && one->state == child_state::retrying && !ending)
      restart(*one);
  });
}

} // namespace lockstep
