/// What a shard does with requests that need larger checks.

#include "actors/shard_state.hpp"

#include <chrono>
#include <span>
#include <string>

namespace lockstep {

namespace {

/// Requests that are handled in one go after they waited.
constexpr std::size_t resumed_at_once = 100;
/// Pause before a checker that has gone is looked for again, and how often it is.
constexpr duration checker_pause = std::chrono::milliseconds{50};
constexpr int max_unheard = 300;
/// How often a question is asked that each time found its checker's end.
constexpr int max_unanswered = 3;

} // namespace

std::vector<question> shard_state::questions_before(atoms::initialise,
                                                    const initialisation& request) {
  if (!options.find_checker || options.suspects->contains(request.identifier))
    return {};
  return books.questions_before(request);
}

std::vector<question> shard_state::questions_before(atoms::step, const step_report& report) {
  if (!options.find_checker || options.suspects->contains(report.identifier))
    return {};
  const auto* one = &report;
  return books.questions_before({&one, 1});
}

std::vector<question> shard_state::questions_before(atoms::step, const local_steps& steps) {
  if (!options.find_checker)
    return {};
  if (!options.suspects->empty()) {
    auto allowed = steps.own;
    std::erase_if(allowed, [this](const step_report* one) {
      return options.suspects->contains(one->identifier);
    });
    return questions_about(allowed);
  }
  return questions_about(steps.own);
}

std::vector<question> shard_state::questions_about(std::span<const step_report* const> steps) {
  try {
    return books.questions_before(steps);
  } catch (...) {
    // Asking changes nothing, so it may be tried which of them it is.
    for (const auto* one : steps)
      (void)on_behalf_of(one->identifier, [&] { return books.questions_before({&one, 1}); });
    throw;
  }
}

void shard_state::postpone(postponed_requests::request request, const std::vector<question>& open) {
  postponed.add(std::move(request), open);
  ask_checker();
}

void shard_state::ask_checker() {
  while (!asking) {
    const auto first = postponed.first_question();
    if (!first)
      return;
    auto current = books.still_open(*first);
    if (!current) { // out of date: those who wait for it may have others
      postponed.answered(*first);
      plan_resume();
      continue;
    }
    auto checker = options.find_checker();
    if (!checker || compat::has_ended(caf::actor_cast<caf::strong_actor_ptr>(checker))) {
      ask_later(*current);
      continue;
    }
    asking = true;
    compat::request(self, checker, options.check_timeout, atoms::check_v,
                    local_question{std::make_shared<const question>(*current)})
        .then([this](const local_answer& given) { check_done(*given.value); },
              [this, asked = *current](const caf::error& why) { check_failed(asked, why); });
  }
}

void shard_state::check_done(const answer& given) {
  asking = false;
  unanswered = 0;
  unheard = 0;
  books.remember(given);
  postponed.answered(given.asked);
  plan_resume();
  ask_checker();
}

void shard_state::check_failed(const question& asked, const caf::error& why) {
  asking = false;
  if (receiver_has_gone(why) && ++unanswered < max_unanswered)
    ask_later(asked);
  else if (why == caf::sec::request_timeout)
    give_up(asked, {ec::unavailable,
                    "the check of a step of " + asked.spec->name() + " takes longer than "
                        + to_string(time_limit{options.check_timeout})
                        + ", so nothing is recorded; make its implementation model smaller",
                    {{"specification", asked.spec->name()}}});
  else
    give_up(asked, to_failure(why));
  ask_checker();
}

void shard_state::ask_later(const question& asked) {
  if (++unheard > max_unheard) {
    give_up(asked, {ec::unavailable,
                    "nobody is there to check a step of " + asked.spec->name()
                        + ", so nothing is recorded; try again later",
                    {{"specification", asked.spec->name()}}});
    return;
  }
  asking = true;
  check_timer = self->run_delayed(checker_pause, [this] {
    asking = false;
    ask_checker();
  });
}

void shard_state::give_up(const question& asked, const failure& reason) {
  unanswered = 0;
  tell_node(reason); // some requests have nobody who waits for their answer
  postponed.failed(asked, reason);
  plan_resume();
}

void shard_state::plan_resume() {
  if (!std::exchange(resume_planned, true))
    compat::send(self, self, atoms::resume_v);
}

void shard_state::resume() {
  resume_planned = false;
  if (postponed.resume(resumed_at_once))
    plan_resume();
  ask_checker();
}

} // namespace lockstep
