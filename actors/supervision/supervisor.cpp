#include "actors/supervision/supervisor.hpp"

#include "actors/errors.hpp"
#include "actors/supervision/supervisor_state.hpp"
#include "actors/write_down.hpp"
#include "model/in_quotes.hpp"

#include <caf/actor_system.hpp>

#include <utility>

namespace lockstep {

supervisor_state::supervisor_state(supervisor_actor::pointer self_ptr, supervisor_options given,
                                   std::vector<child_spec> specs)
    : self(self_ptr),
      options(std::move(given)),
      intensity(options.max_restarts, options.max_seconds) {
  for (auto& spec : specs) {
    auto id = spec.id;
    auto* added =
        children.add(supervised_child{std::make_shared<const child_spec>(std::move(spec))});
    if (added)
      added->due = true;
    else
      ending = to_error({ec::invalid_argument,
                         "two children of " + options.id + " are called " + in_quotes(id),
                         {{"id", id}}});
  }
}

supervisor_state::~supervisor_state() {
  for (auto& one : children) {
    one.kill_timer.dispose();
    if (one.actor)
      compat::ask_to_exit(one.actor, caf::exit_reason::kill);
  }
}

supervisor_actor::behavior_type supervisor_state::make_behavior() {
  compat::on_exit_request(self, [this](const caf::error& reason) { stop_all(reason); });
  round.emplace();
  go_on();
  return {
      [this](atoms::which_children) { return listing(); },
      [this](atoms::count_children) { return counts(); },
      [this](atoms::start_child, const local_child& child) { return start_child(child); },
      [this](atoms::terminate_child, const std::string& id) { return terminate_child(id); },
      [this](atoms::restart_child, const std::string& id) { return restart_child(id); },
      [this](atoms::delete_child, const std::string& id) { return delete_child(id); },
      [this](atoms::resume) { resume(); },
  };
}

std::vector<child_info> supervisor_state::listing() const {
  std::vector<child_info> infos;
  infos.reserve(children.size());
  for (const auto& one : children) {
    child_info info;
    info.id = one.id();
    info.alive = one.actor != nullptr;
    info.restarts = one.starts > 0 ? one.starts - 1 : 0;
    info.kind = one.spec->kind;
    if (one.state == child_state::parked)
      info.parked = one.why;
    info.name = one.spec->name;
    info.actor = one.actor;
    infos.push_back(std::move(info));
  }
  return infos;
}

child_counts supervisor_state::counts() const {
  child_counts result;
  result.specs = children.size();
  result.active = active;
  result.parked = parked;
  for (const auto& one : children)
    ++(one.spec->kind == child_kind::supervisor ? result.supervisors : result.workers);
  return result;
}

void supervisor_state::tell(ec code, std::string message,
                            std::map<std::string, term> context) const {
  context.emplace("supervisor", options.id);
  write_down(options.report, {code, std::move(message), std::move(context)});
}

supervisor_actor spawn_supervisor(caf::actor_system& system, supervisor_options options,
                                  std::vector<child_spec> children) {
  if (options.where == placement::own_thread)
    return compat::spawn<supervisor_actor, supervisor_state, caf::detached>(
        system, std::move(options), std::move(children));
  return compat::spawn<supervisor_actor, supervisor_state>(system, std::move(options),
                                                           std::move(children));
}

} // namespace lockstep
