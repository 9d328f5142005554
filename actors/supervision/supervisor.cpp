#include "actors/supervision/supervisor.hpp"

#include "actors/caf_compat.hpp"
#include "actors/errors.hpp"
#include "model/in_quotes.hpp"

#include <caf/actor_system.hpp>
#include <caf/disposable.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace lockstep {

namespace {

/// How long a registration may take before the child counts as not started.
constexpr auto registration_timeout = std::chrono::seconds{5};

struct child {
  child_spec spec;
  caf::strong_actor_ptr actor;
  std::uint64_t starts = 0;
};

struct supervisor_state {
  static constexpr const char* name = "lockstep.supervisor";

  supervisor_state(supervisor_actor::pointer self_ptr, supervisor_options given,
                   std::vector<child_spec> specs)
      : self(self_ptr),
        options(std::move(given)),
        intensity(options.max_restarts, options.max_seconds) {
    for (auto& spec : specs)
      children.push_back({std::move(spec), nullptr, 0});
  }

  supervisor_actor::behavior_type make_behavior() {
    compat::on_exit_request(self, [this](const caf::error& reason) { stop_all(reason); });
    start_from(0);
    return {[this](atoms::which_children) { return listing(); }};
  }

  // -- starting
  // -------------------------------------------------------------------------------------

  /// Starts every child from `first` on that is not running.
  void start_from(std::size_t first) {
    for (auto i = first; i < children.size() && !ending; ++i)
      if (!children[i].actor)
        start(i);
  }

  void start(std::size_t index) {
    auto& one = children[index];
    auto started = attempt(one.spec);
    if (!started) {
      restart_after(index, started.error().message);
      return;
    }
    one.actor = *started;
    ++one.starts;
    compat::watch(self, one.actor,
                  [this](const caf::actor_addr& who, const caf::error& why) { ended(who, why); });
    if (one.spec.name)
      register_name(one);
  }

  /// A start that throws must not end the supervisor, which would leave the others alone.
  result<caf::strong_actor_ptr> attempt(const child_spec& spec) {
    try {
      return spec.start(self->home_system());
    } catch (const std::exception& thrown) {
      return fail(ec::unavailable, "starting it threw " + in_quotes(thrown.what()));
    } catch (...) {
      return fail(ec::unavailable, "starting it threw something that is no std::exception");
    }
  }

  void register_name(const child& one) {
    compat::request(self, options.names->registry(), registration_timeout, atoms::register_name_v,
                    *one.spec.name, one.actor)
        .then([](std::uint64_t) {},
              [this, actor = one.actor, id = one.spec.id](const caf::error& reason) {
                tell(ec::already_registered, id + " got no name: " + to_failure(reason).message);
                compat::ask_to_exit(actor, caf::exit_reason::kill);
              });
  }

  // -- restarting
  // -----------------------------------------------------------------------------------

  void ended(const caf::actor_addr& who, const caf::error& why) {
    auto one = std::find_if(children.begin(), children.end(),
                            [&](const child& candidate) { return candidate.actor == who; });
    if (one == children.end())
      return;
    one->actor = nullptr;
    if (stopping)
      stop_next();
    else
      restart_after(static_cast<std::size_t>(one - children.begin()), caf::to_string(why));
  }

  void restart_after(std::size_t index, const std::string& why) {
    const auto& id = children[index].spec.id;
    if (!intensity.allows(self->clock().now())) {
      auto reason = options.id + " gives up: more than " + std::to_string(options.max_restarts)
                    + " restarts in " + std::to_string(options.max_seconds.count())
                    + " s, the last of " + id + " (" + why + ")";
      tell(ec::unavailable, reason);
      stop_all(to_error({ec::unavailable, reason, {}}));
      return;
    }
    tell(ec::unavailable, id + " has ended (" + why + ") and is started again");
    if (options.strategy == restart_strategy::one_for_one) {
      start(index);
      return;
    }
    stopping = index;
    stop_next();
  }

  // -- stopping
  // -------------------------------------------------------------------------------------

  void stop_all(const caf::error& reason) {
    if (ending)
      return;
    ending = reason;
    stopping = 0;
    stop_next();
  }

  /// Asks the last running child from `*stopping` on to end. Its end calls this again.
  void stop_next() {
    kill_timer.dispose();
    for (auto i = children.size(); i > *stopping; --i) {
      auto& one = children[i - 1];
      if (!one.actor)
        continue;
      compat::ask_to_exit(one.actor, caf::exit_reason::user_shutdown);
      kill_timer = self->run_delayed(one.spec.shutdown, [actor = one.actor] {
        compat::ask_to_exit(actor, caf::exit_reason::kill);
      });
      return;
    }
    auto first = *std::exchange(stopping, std::nullopt);
    if (ending)
      self->quit(*ending);
    else
      start_from(first);
  }

  // -- telling
  // --------------------------------------------------------------------------------------

  void tell(ec code, std::string message) const {
    if (options.report)
      options.report({code, std::move(message), {{"supervisor", options.id}}});
  }

  std::vector<child_info> listing() const {
    std::vector<child_info> infos;
    for (const auto& one : children)
      infos.push_back({one.spec.id, one.actor != nullptr, one.starts > 0 ? one.starts - 1 : 0});
    return infos;
  }

  supervisor_actor::pointer self;
  supervisor_options options;
  restart_intensity intensity;
  std::vector<child> children;
  /// The first of the children that are being stopped; nothing while none are.
  std::optional<std::size_t> stopping;
  /// Why the supervisor ends once its children have.
  std::optional<caf::error> ending;
  caf::disposable kill_timer;
};

} // namespace

supervisor_actor spawn_supervisor(caf::actor_system& system, supervisor_options options,
                                  std::vector<child_spec> children) {
  return compat::spawn<supervisor_actor, supervisor_state>(system, std::move(options),
                                                           std::move(children));
}

} // namespace lockstep
