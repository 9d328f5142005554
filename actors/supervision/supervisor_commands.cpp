/// What a supervisor does for those who ask.

#include "actors/errors.hpp"
#include "actors/supervision/supervisor_state.hpp"
#include "model/in_quotes.hpp"

#include <utility>

namespace lockstep {

namespace {

failure unknown_child(const std::string& supervisor, const std::string& id) {
  return {ec::child_not_found,
          supervisor + " has no child " + in_quotes(id) + "; which_children lists those it has",
          {{"id", id}}};
}

failure about(const supervised_child& one, ec code, std::string message) {
  failure reason{code, std::move(message), {{"id", one.id()}}};
  if (one.spec->name)
    reason.context.emplace("name", *one.spec->name);
  return reason;
}

failure is_active(const supervised_child& one) {
  return about(one, ec::already_started,
               "there is a child " + in_quotes(one.id())
                   + " already, which is active; terminate it first");
}

/// Why a child cannot be added where there is one of its id.
failure is_there(const supervised_child& one) {
  if (one.active())
    return is_active(one);
  if (one.state == child_state::parked)
    return about(one, ec::child_parked,
                 "the child " + in_quotes(one.id()) + " is parked, since it ended too often ("
                     + one.why + "); restart it by hand, or delete it first");
  return about(one, ec::already_started,
               "there is a child " + in_quotes(one.id())
                   + " already, which is stopped; restart it, or delete it first");
}

failure is_ending(const std::string& supervisor) {
  return {ec::unavailable, supervisor + " is ending and starts nothing any more", {}};
}

} // namespace

std::optional<failure> supervisor_state::no_room() const {
  if (active < options.max_children)
    return std::nullopt;
  return failure{ec::max_children,
                 options.id + " has " + std::to_string(active)
                     + " active children, as many as it may; stop one or raise max_children",
                 {}};
}

// -- adding ---------------------------------------------------------------------------------------

caf::result<caf::strong_actor_ptr> supervisor_state::start_child(const local_child& given) {
  if (!given.value || !given.value->start)
    return to_error({ec::invalid_argument, "a child needs a function that starts it", {}});
  auto promise = self->make_response_promise<caf::strong_actor_ptr>();
  start_child(given.value, promise);
  return promise;
}

void supervisor_state::start_child(const std::shared_ptr<const child_spec>& spec,
                                   start_promise asked) {
  when_calm([this, spec, asked]() mutable {
    if (ending)
      return asked.deliver(to_error(is_ending(options.id)));
    if (auto* one = children.find(spec->id)) {
      if (one->state == child_state::starting || one->state == child_state::stopping)
        one->waiting.push_back([this, spec, asked] { start_child(spec, asked); });
      else
        asked.deliver(to_error(is_there(*one)));
      return;
    }
    if (auto full = no_room())
      return asked.deliver(to_error(*full));
    auto& added = *children.add(supervised_child{spec});
    added.asked = std::move(asked);
    start(added);
  });
}

// -- starting again -------------------------------------------------------------------------------

caf::result<caf::strong_actor_ptr> supervisor_state::restart_child(const std::string& id) {
  auto promise = self->make_response_promise<caf::strong_actor_ptr>();
  restart_child(id, promise);
  return promise;
}

void supervisor_state::restart_child(const std::string& id, start_promise asked) {
  when_calm([this, id, asked]() mutable {
    if (ending)
      return asked.deliver(to_error(is_ending(options.id)));
    auto* one = children.find(id);
    if (!one)
      return asked.deliver(to_error(unknown_child(options.id, id)));
    if (one->state == child_state::starting || one->state == child_state::stopping) {
      one->waiting.push_back([this, id, asked] { restart_child(id, asked); });
      return;
    }
    if (one->active())
      return asked.deliver(to_error(is_active(*one)));
    if (auto full = no_room())
      return asked.deliver(to_error(*full));
    one->asked = std::move(asked);
    one->before = one->state;
    start(*one);
  });
}

// -- stopping and removing ------------------------------------------------------------------------

caf::result<void> supervisor_state::terminate_child(const std::string& id) {
  auto promise = self->make_response_promise<void>();
  terminate_child(id, promise);
  return promise;
}

void supervisor_state::terminate_child(const std::string& id, done_promise asked) {
  when_calm([this, id, asked]() mutable {
    auto* one = children.find(id);
    if (!one)
      return asked.deliver(to_error(unknown_child(options.id, id)));
    switch (one->state) {
    case child_state::starting:
      one->waiting.push_back([this, id, asked] { terminate_child(id, asked); });
      break;
    case child_state::running:
      one->terminators.push_back(std::move(asked));
      if (!ending)
        stop(*one);
      break;
    case child_state::stopping:
      one->terminators.push_back(std::move(asked));
      break;
    case child_state::parked:
      if (options.forget_ended)
        forget(*one);
      asked.deliver();
      break;
    default:
      one->terminators.push_back(std::move(asked));
      one->due = false;
      has_stopped(*one);
      // Those that were to be started after it need not wait for it any more.
      if (!round && !ending)
        round.emplace();
    }
  });
}

caf::result<void> supervisor_state::delete_child(const std::string& id) {
  auto promise = self->make_response_promise<void>();
  delete_child(id, promise);
  return promise;
}

void supervisor_state::delete_child(const std::string& id, done_promise asked) {
  when_calm([this, id, asked]() mutable {
    auto* one = children.find(id);
    if (!one)
      return asked.deliver(to_error(unknown_child(options.id, id)));
    if (one->state == child_state::starting || one->state == child_state::stopping) {
      one->waiting.push_back([this, id, asked] { delete_child(id, asked); });
      return;
    }
    if (one->active())
      return asked.deliver(to_error(is_active(*one)));
    forget(*one);
    asked.deliver();
  });
}

} // namespace lockstep
