#include "actors/fleet/keeper.hpp"

#include "actors/caf_compat.hpp"
#include "actors/errors.hpp"
#include "actors/fleet/fleet_core.hpp"
#include "actors/supervision/supervisor.hpp"
#include "model/in_quotes.hpp"
#include "model/term/term_text.hpp"

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/disposable.hpp>
#include <caf/response_promise.hpp>
#include <caf/typed_response_promise.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lockstep {

namespace {

/// How long the supervisor and the registry may take; a start runs the user's code.
constexpr auto tree_timeout = std::chrono::minutes{1};

using done_promise = caf::typed_response_promise<void>;

/// A message for a worker that is not there yet.
struct waiting_message {
  /// Whether it may start a worker.
  bool starts;
  /// Who is to get the worker's answer; nothing: nobody.
  std::optional<caf::response_promise> asked;
  caf::message content;
  local_stay on_it;

  [[nodiscard]] const seat_table::stay& stay() const {
    return *static_cast<const seat_table::stay*>(on_it.value.get());
  }
};

/// What the keeper knows of a worker.
struct worker {
  enum class phase {
    /// Asked of the supervisor, who answers.
    starting,
    /// Has its name; its seat is open.
    running,
    /// Was asked to end, after all that it was sent.
    ending,
    /// Crashed; the supervisor starts it again, or parks it.
    restarting,
    /// Stays stopped.
    parked,
  };
  phase now = phase::starting;
  /// A number for each time that the keeper started it.
  std::uint64_t life = 0;
  /// While it runs or ends.
  caf::strong_actor_ptr actor;
  /// While it ends.
  caf::disposable kill_timer;
  /// Of a parked one.
  std::string reason;
  std::deque<waiting_message> waiting;
  /// Those who wait for its end.
  std::vector<done_promise> stops;
};

struct keeper_state {
  static constexpr const char* name = "lockstep.fleet_keeper";

  keeper_state(fleet_keeper_actor::pointer self_ptr, std::shared_ptr<const fleet_core> core)
      : self(self_ptr), fleet(std::move(core)) {}

  fleet_keeper_actor::behavior_type make_behavior() {
    listen();
    take_over();
    sweep_later();
    return {
        [this](atoms::submit, const term& key, bool starts, caf::message& content,
               local_stay& on_it) {
          return submit(key, {starts, std::nullopt, std::move(content), std::move(on_it)});
        },
        [this](atoms::stop_worker, const term& key) { return stop(key); },
        [this](atoms::restart_child, const term& key) { return restart(key); },
        [this](atoms::show_parked) { return parked(); },
        [this](atoms::park, const std::string& id, const std::string& reason) { park(id, reason); },
        [this](atoms::registered, const term&, const term& key, const caf::strong_actor_ptr& actor,
               const term&) { registered(key, actor); },
        [](atoms::unregistered, const term&, const term&, const caf::actor_addr&) {},
    };
  }

  // -- beginning ----------------------------------------------------------------------------------

  void listen() {
    compat::request(self, fleet->names().registry(), tree_timeout, atoms::listen_v,
                    caf::actor_cast<caf::strong_actor_ptr>(self))
        .then([] {}, [this](const caf::error& reason) { self->quit(reason); });
  }

  /// An earlier keeper's workers. Nobody else is heard before.
  void take_over() {
    compat::request(self, fleet->workers(), tree_timeout, atoms::which_children_v)
        .await([this](const std::vector<child_info>& children) { take_over(children); },
               [this](const caf::error& reason) { self->quit(reason); });
  }

  void take_over(const std::vector<child_info>& children) {
    for (const auto& one : children) {
      auto& entry = workers[*one.name];
      if (one.parked) {
        entry.now = worker::phase::parked;
        entry.reason = *one.parked;
      } else if (!one.actor) {
        entry.now = worker::phase::restarting;
      } else if (fleet->seats().is_closed(*one.name)) {
        has_started(*one.name, entry, one.actor, false);
        end(*one.name, entry);
      } else {
        has_started(*one.name, entry, one.actor);
      }
    }
    for (const auto& key : fleet->seats().keys())
      if (!workers.contains(key))
        fleet->seats().vacate(key);
  }

  // -- messages for workers -----------------------------------------------------------------------

  caf::result<void> submit(const term& key, waiting_message message) {
    caf::response_promise promise = self->make_response_promise();
    if (!promise.async())
      message.asked = std::move(promise);
    admit(key, std::move(message));
    return caf::delegated<void>{}; // the worker answers, if anybody
  }

  void admit(const term& key, waiting_message message) {
    auto found = workers.find(key);
    if (found == workers.end()) {
      if (!message.starts)
        return refuse(message, not_started(key));
      auto& entry = workers[key];
      entry.waiting.push_back(std::move(message));
      start(key);
    } else if (auto& entry = found->second; entry.now == worker::phase::parked) {
      refuse(message, is_parked(key, entry.reason));
    } else {
      entry.waiting.push_back(std::move(message));
      if (entry.now == worker::phase::running)
        pass_on(entry);
    }
  }

  /// Gives the worker, which runs, what waits for it.
  void pass_on(worker& entry) {
    if (compat::has_ended(entry.actor))
      return; // so will be known soon
    for (auto& message : std::exchange(entry.waiting, {})) {
      if (!entry.waiting.empty()) // in their order
        entry.waiting.push_back(std::move(message));
      else if (fleet->seats().seat(message.stay()))
        pass_on(entry, message);
    }
  }

  void pass_on(worker& entry, waiting_message& message) {
    if (message.asked) {
      message.asked->delegate(caf::actor_cast<caf::actor>(entry.actor), message.content);
    } else if (!compat::try_send(entry.actor, message.content)) {
      entry.waiting.push_back(std::move(message));
      return;
    }
    fleet->seats().arrived(message.stay());
  }

  void refuse(waiting_message& message, const failure& reason) {
    if (message.asked)
      message.asked->deliver(to_error(reason));
    else
      fleet->report(reason);
  }

  void refuse_all(worker& entry, const failure& reason) {
    for (auto& message : std::exchange(entry.waiting, {}))
      refuse(message, reason);
  }

  // -- starting -----------------------------------------------------------------------------------

  void start(const term& key, bool again = false) {
    auto& entry = workers[key];
    entry.now = worker::phase::starting;
    entry.life = ++last_life;
    compat::request(self, fleet->workers(), tree_timeout, atoms::start_child_v,
                    fleet->child_of(key))
        .then([this, key](const caf::strong_actor_ptr& actor) { started(key, actor); },
              [this, key, again](const caf::error& reason) {
                auto why = to_failure(reason);
                if (!again && why.code == ec::already_started)
                  make_room(key);
                else
                  start_failed(key, why);
              });
  }

  /// The supervisor has not heard yet that the worker before has ended.
  void make_room(const term& key) {
    terminate(key, [this](const term& free) { start(free, true); });
  }

  /// Has the supervisor stop and forget a worker, and then calls `done(key)`, unless the keeper has
  /// started another one since.
  void terminate(const term& key, std::function<void(const term&)> done) {
    auto next = [this, key, life = workers[key].life, done = std::move(done)] {
      if (auto found = workers.find(key); found != workers.end() && found->second.life == life)
        done(key);
    };
    compat::request(self, fleet->workers(), tree_timeout + fleet->options().shutdown,
                    atoms::terminate_child_v, to_text(key))
        .then(next, [next](const caf::error&) { next(); });
  }

  void started(const term& key, const caf::strong_actor_ptr& actor) {
    if (auto found = workers.find(key);
        found != workers.end() && found->second.now == worker::phase::starting)
      has_started(key, found->second, actor);
  }

  /// The registry's news: those of starts come with the supervisor's answer.
  void registered(const term& key, const caf::strong_actor_ptr& actor) {
    auto [found, is_new] = workers.try_emplace(key);
    auto& entry = found->second;
    if (is_new)
      entry.now = worker::phase::restarting;
    if (entry.now != worker::phase::starting && entry.actor != actor)
      has_started(key, entry, actor);
  }

  void has_started(const term& key, worker& entry, const caf::strong_actor_ptr& actor,
                   bool open = true) {
    entry.now = worker::phase::running;
    entry.actor = actor;
    keys[caf::actor_cast<caf::actor_addr>(actor)] = key;
    pass_on(entry);
    if (open)
      fleet->seats().open(key);
    if (!entry.stops.empty())
      end(key, entry);
    // At last: it may have ended already, and then this tells at once.
    compat::watch(self, actor,
                  [this](const caf::actor_addr& who, const caf::error& why) { ended(who, why); });
  }

  void start_failed(const term& key, const failure& reason) {
    auto& entry = workers[key];
    refuse_all(entry, no_start(key, "did not start", reason));
    gone(key);
  }

  // -- ending -------------------------------------------------------------------------------------

  void ended(const caf::actor_addr& who, const caf::error& why) {
    auto known = keys.extract(who);
    if (!known)
      return;
    const auto key = known.mapped();
    auto found = workers.find(key);
    if (found == workers.end() || found->second.actor != who)
      return; // another one has its place already
    found->second.actor = nullptr;
    found->second.kill_timer.dispose();
    if (!why || why == caf::exit_reason::user_shutdown)
      return gone(key);
    found->second.now = worker::phase::restarting;
    fleet->seats().vacate(key);
  }

  /// There is no worker any more, nor will the supervisor start one.
  void gone(const term& key) {
    fleet->seats().vacate(key);
    auto& entry = workers[key];
    entry.actor = nullptr;
    for (auto& asked : std::exchange(entry.stops, {}))
      asked.deliver();
    for (auto& message : std::exchange(entry.waiting, {}))
      if (message.starts)
        entry.waiting.push_back(std::move(message));
      else
        refuse(message, not_started(key));
    if (entry.waiting.empty())
      workers.erase(key);
    else
      start(key);
  }

  /// Asks a worker to end, after all that it was sent before.
  void end(const term& key, worker& entry) {
    entry.now = worker::phase::ending;
    fleet->seats().close(key);
    compat::ask_to_exit_in_turn(entry.actor, caf::exit_reason::user_shutdown);
    entry.kill_timer =
        self->run_delayed(fleet->options().shutdown, [this, key, actor = entry.actor->address()] {
          auto found = workers.find(key);
          if (found != workers.end() && found->second.now == worker::phase::ending
              && found->second.actor == actor)
            end_at_once(key);
        });
  }

  caf::result<void> stop(const term& key) {
    auto found = workers.find(key);
    if (found == workers.end())
      return to_error(not_started(key));
    auto promise = self->make_response_promise<void>();
    auto& entry = found->second;
    entry.stops.push_back(promise);
    if (entry.now == worker::phase::parked) {
      terminate(key, [this](const term& stopped) { gone(stopped); });
      return promise;
    }
    if (entry.now == worker::phase::running) {
      end(key, entry);
    } else if (entry.now != worker::phase::ending) {
      // It ends once it runs, but that may take long.
      self->run_delayed(fleet->options().shutdown, [this, key, life = entry.life] {
        auto late = workers.find(key);
        if (late != workers.end() && late->second.life == life && !late->second.stops.empty())
          end_at_once(key);
      });
    }
    return promise;
  }

  /// It did not end in time.
  void end_at_once(const term& key) {
    terminate(key, [this](const term& stopped) { gone(stopped); });
  }

  // -- idle workers -------------------------------------------------------------------------------

  void sweep_later() {
    if (const auto& idle = fleet->options().idle_timeout)
      self->run_delayed(std::max<duration>(*idle / 4, std::chrono::milliseconds{1}), [this] {
        sweep();
        sweep_later();
      });
  }

  void sweep() {
    for (const auto& key : fleet->seats().close_idle(*fleet->options().idle_timeout)) {
      auto found = workers.find(key);
      if (found != workers.end() && found->second.now == worker::phase::running)
        end(key, found->second);
      else
        fleet->seats().vacate(key);
    }
  }

  // -- parked workers -----------------------------------------------------------------------------

  void park(const std::string& id, const std::string& reason) {
    auto key = parse_term(id);
    auto found = key ? workers.find(*key) : workers.end();
    if (found == workers.end() || found->second.now == worker::phase::starting)
      return;
    auto& entry = found->second;
    entry.now = worker::phase::parked;
    entry.actor = nullptr;
    entry.reason = reason;
    fleet->seats().vacate(*key);
    refuse_all(entry, is_parked(*key, reason));
    if (!entry.stops.empty())
      terminate(*key, [this](const term& stopped) { gone(stopped); });
  }

  std::vector<child_info> parked() const {
    std::vector<child_info> all;
    for (const auto& [key, entry] : workers)
      if (entry.now == worker::phase::parked) {
        child_info one;
        one.id = to_text(key);
        one.name = key;
        one.parked = entry.reason;
        all.push_back(std::move(one));
      }
    std::ranges::sort(all, {}, &child_info::name);
    return all;
  }

  caf::result<void> restart(const term& key) {
    auto found = workers.find(key);
    if (found == workers.end() || found->second.now != worker::phase::parked)
      return to_error(fleet->failure_of(ec::child_not_found, key, "is not parked"));
    auto promise = self->make_response_promise<void>();
    auto& entry = found->second;
    entry.now = worker::phase::starting;
    entry.life = ++last_life;
    compat::request(self, fleet->workers(), tree_timeout, atoms::restart_child_v, to_text(key))
        .then(
            [this, key, promise](const caf::strong_actor_ptr& actor) mutable {
              started(key, actor);
              promise.deliver();
            },
            [this, key, promise](const caf::error& reason) mutable {
              promise.deliver(to_error(stays_parked(key, to_failure(reason))));
            });
    return promise;
  }

  failure stays_parked(const term& key, const failure& why) {
    auto& entry = workers[key];
    auto reason = no_start(key, "did not start and stays parked", why);
    entry.now = worker::phase::parked;
    entry.reason = why.message;
    refuse_all(entry, is_parked(key, entry.reason));
    return reason;
  }

  // -- errors -------------------------------------------------------------------------------------

  failure not_started(const term& key) const {
    return fleet->failure_of(ec::not_started, key, "is not there, and nothing was to start it");
  }

  /// @param why The supervisor's. What it says besides max_children is its own affair.
  failure no_start(const term& key, const std::string& what, const failure& why) const {
    const auto code = why.code == ec::max_children ? why.code : ec::unavailable;
    if (why.code == ec::already_registered)
      return fleet->failure_of(code, key,
                               what + ": its name is still that of an actor before it; try again");
    return fleet->failure_of(code, key, what + ": " + why.message);
  }

  failure is_parked(const term& key, const std::string& why) const {
    auto reason =
        fleet->failure_of(ec::child_parked, key,
                          "is parked since it crashed too often (" + why + "); restart it by hand");
    reason.context.emplace("reason", why);
    return reason;
  }

  fleet_keeper_actor::pointer self;
  std::shared_ptr<const fleet_core> fleet;
  /// Those that there are, and the parked ones.
  std::unordered_map<term, worker> workers;
  std::uint64_t last_life = 0;
  /// Whose they are.
  std::map<caf::actor_addr, term> keys;
};

} // namespace

fleet_keeper_actor spawn_keeper(caf::actor_system& system,
                                std::shared_ptr<const fleet_core> fleet) {
  return compat::spawn<fleet_keeper_actor, keeper_state>(system, std::move(fleet));
}

} // namespace lockstep
