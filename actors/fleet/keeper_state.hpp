#pragma once

/// The state of a fleet's keeper, for the files that implement it: `keeper.cpp` has what it is told
/// and passes messages on, `keeper_lives.cpp` starts and ends workers.

#include "actors/caf_compat.hpp"
#include "actors/fleet/fleet_core.hpp"
#include "actors/interfaces.hpp"
#include "model/failure.hpp"
#include "model/term/term.hpp"

#include <caf/actor_addr.hpp>
#include <caf/disposable.hpp>
#include <caf/message.hpp>
#include <caf/response_promise.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lockstep {

/// How long the supervisor and the registry may take; a start runs the user's code.
inline constexpr auto fleet_tree_timeout = std::chrono::minutes{1};

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
struct fleet_worker {
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
  std::vector<caf::typed_response_promise<void>> stops;
};

/// Starts and ends the workers of one fleet, each named in `workers` as long as it is not gone.
struct keeper_state {
  static constexpr const char* name = "lockstep.fleet_keeper";

  keeper_state(fleet_keeper_actor::pointer self_ptr, std::shared_ptr<const fleet_core> core)
      : self(self_ptr), fleet(std::move(core)) {}

  fleet_keeper_actor::behavior_type make_behavior();

  // -- beginning ----------------------------------------------------------------------------------

  void listen();
  /// An earlier keeper's workers. Nobody else is heard before.
  void take_over();
  void take_over(const std::vector<child_info>& children);

  // -- messages for workers -----------------------------------------------------------------------

  caf::result<void> submit(const term& key, waiting_message message);
  void admit(const term& key, waiting_message message);
  /// Gives the worker, which runs, what waits for it.
  void pass_on(fleet_worker& entry);
  void pass_on(fleet_worker& entry, waiting_message& message);
  void refuse(waiting_message& message, const failure& reason);
  void refuse_all(fleet_worker& entry, const failure& reason);

  // -- starting -----------------------------------------------------------------------------------

  void start(const term& key, bool again = false);
  /// The supervisor has not heard yet that the worker before has ended.
  void make_room(const term& key);
  /// Has the supervisor stop and forget a worker, and then calls `done(key)`, unless the keeper has
  /// started another one since.
  void terminate(const term& key, std::function<void(const term&)> done);
  void started(const term& key, const caf::strong_actor_ptr& actor);
  /// The registry's news: those of starts come with the supervisor's answer.
  void registered(const term& key, const caf::strong_actor_ptr& actor);
  void has_started(const term& key, fleet_worker& entry, const caf::strong_actor_ptr& actor,
                   bool open = true);
  void start_failed(const term& key, const failure& reason);

  // -- ending -------------------------------------------------------------------------------------

  void ended(const caf::actor_addr& who, const caf::error& why);
  /// There is no worker any more, nor will the supervisor start one.
  void gone(const term& key);
  /// Asks a worker to end, after all that it was sent before.
  void end(const term& key, fleet_worker& entry);
  caf::result<void> stop(const term& key);
  /// It did not end in time.
  void end_at_once(const term& key);

  // -- idle workers -------------------------------------------------------------------------------

  void sweep_later();
  void sweep();

  // -- parked workers -----------------------------------------------------------------------------

  void park(const std::string& id, const std::string& reason);
  std::vector<child_info> parked() const;
  caf::result<void> restart(const term& key);
  failure stays_parked(const term& key, const failure& why);

  // -- errors -------------------------------------------------------------------------------------

  failure not_started(const term& key) const;
  /// @param why The supervisor's. What it says besides max_children is its own affair.
  failure no_start(const term& key, const std::string& what, const failure& why) const;
  failure is_parked(const term& key, const std::string& why) const;

  fleet_keeper_actor::pointer self;
  std::shared_ptr<const fleet_core> fleet;
  /// Those that there are, and the parked ones.
  std::unordered_map<term, fleet_worker> workers;
  std::uint64_t last_life = 0;
  /// Whose they are.
  std::map<caf::actor_addr, term> keys;
};

} // namespace lockstep
