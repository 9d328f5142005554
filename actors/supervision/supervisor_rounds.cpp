/// How a supervisor stops and starts many children together, and in whose turn.

#include "actors/supervision/supervisor_state.hpp"

#include <utility>

namespace lockstep {

void supervisor_state::when_calm(std::function<void()> what) {
  if (ending)
    return what();
  later.push_back(std::move(what));
  go_on();
}

void supervisor_state::begin_round(const supervised_child& crashed) {
  round.emplace();
  for (auto* one : children.concerned_by(crashed, options.strategy)) {
    if (one->actor)
      round->to_stop.push_back(one);
    const auto wanted = one->due || one->spec->restart != restart_type::temporary;
    one->due = wanted && one->state != child_state::parked;
  }
  go_on();
}

void supervisor_state::stop_all(const caf::error& reason) {
  if (ending)
    return;
  ending = reason;
  round.emplace();
  for (auto& one : children)
    if (one.actor)
      round->to_stop.push_back(&one);
  for (auto& refused : std::exchange(later, {}))
    refused();
  go_on();
}

void supervisor_state::go_on() {
  if (std::exchange(busy, true))
    return;
  for (auto goes_on = true; goes_on;) {
    if (round) {
      goes_on = advance();
    } else if (!later.empty()) {
      auto next = std::move(later.front());
      later.pop_front();
      next();
    } else {
      goes_on = false;
    }
  }
  busy = false;
}

bool supervisor_state::advance() {
  if (!round->to_stop.empty()) {
    auto* last = round->to_stop.back();
    if (last->actor) {
      if (last->state != child_state::stopping)
        stop(*last);
      return false;
    }
    round->to_stop.pop_back();
    if (last->spec->restart == restart_type::temporary && !ending)
      forget(*last);
    return true;
  }
  if (ending) {
    self->quit(*ending);
    return false;
  }
  if (round->awaited && round->awaited->state == child_state::starting)
    return false;
  if (!round->to_start) {
    round->to_start.emplace();
    for (auto& one : children)
      if (one.due && !one.actor)
        round->to_start->push_back(&one);
  }
  if (round->to_start->empty()) {
    round.reset();
    return true;
  }
  round->awaited = round->to_start->front();
  round->to_start->pop_front();
  start(*round->awaited);
  return true;
}

} // namespace lockstep
