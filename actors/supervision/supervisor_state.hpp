#pragma once

/// The state of a supervisor, for the files that implement it: `supervisor.cpp` receives and tells,
/// `supervisor_commands.cpp` does what it is asked, `supervisor_restarts.cpp` starts and stops one
/// child, `supervisor_rounds.cpp` many.

#include "actors/caf_compat.hpp"
#include "actors/supervision/supervised_child.hpp"
#include "actors/supervision/supervisor.hpp"

#include <caf/typed_response_promise.hpp>

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace lockstep {

struct supervisor_state {
  static constexpr const char* name = "lockstep.supervisor";

  using start_promise = caf::typed_response_promise<caf::strong_actor_ptr>;
  using done_promise = caf::typed_response_promise<void>;

  supervisor_state(supervisor_actor::pointer self_ptr, supervisor_options given,
                   std::vector<child_spec> specs);
  /// A supervisor that is killed takes its children with it.
  ~supervisor_state();

  supervisor_actor::behavior_type make_behavior();

  // -- what it is asked ---------------------------------------------------------------------------

  caf::result<caf::strong_actor_ptr> start_child(const local_child& given);
  void start_child(const std::shared_ptr<const child_spec>& spec, start_promise asked);
  caf::result<caf::strong_actor_ptr> restart_child(const std::string& id);
  void restart_child(const std::string& id, start_promise asked);
  caf::result<void> terminate_child(const std::string& id);
  void terminate_child(const std::string& id, done_promise asked);
  caf::result<void> delete_child(const std::string& id);
  void delete_child(const std::string& id, done_promise asked);

  std::vector<child_info> listing() const;
  child_counts counts() const;

  /// Nothing if another child may be active.
  std::optional<failure> no_room() const;

  // -- starting and stopping one ------------------------------------------------------------------

  /// Starts a child, which may be gone afterwards, or still lack its name.
  void start(supervised_child& one);
  result<caf::strong_actor_ptr> attempt(const child_spec& spec);
  /// Has the child, which is to be started, to wait for the end of whoever has its name?
  bool must_wait_for_name(supervised_child& one) const;
  /// Begins that wait or goes on with it. @returns false if it has lasted too long.
  bool may_wait_for_name(supervised_child& one) const;
  void wait_for_name(supervised_child& one);
  void register_name(supervised_child& one);
  void named(const caf::strong_actor_ptr& actor);
  void not_named(const caf::strong_actor_ptr& actor, failure reason);
  void has_started(supervised_child& one);
  void start_failed(supervised_child& one, const failure& reason);
  void stop(supervised_child& one);
  void has_stopped(supervised_child& one);
  /// Tells who asked for the start of a child that it comes to nothing.
  void refuse_start(supervised_child& one);
  void set(supervised_child& one, child_state next);
  /// Lets go on what waited for the child.
  void settle(supervised_child& one);
  void forget(supervised_child& one);

  // -- when one ends ------------------------------------------------------------------------------

  void ended(const caf::actor_addr& who, const caf::error& why);
  /// Decides what to do about a child that has ended, and does it. @param at_start It has not even
  /// been started.
  void judge(supervised_child& one, exit_kind how, const failure& why, bool at_start);
  /// Starts a child again, with those that the strategy says.
  void restart(supervised_child& one);
  /// @param pause Nothing: a second if nothing limits how often, else none.
  void retry_later(supervised_child& one, time_limit pause);
  /// Makes it one whose start is tried again.
  void keep_for_retry(supervised_child& one);
  void retry_after(duration pause, const supervised_child& one);
  void resume();
  void retry(const std::string& id);

  // -- starting and stopping many -----------------------------------------------------------------

  /// Does something in its turn: when no children are being started again together.
  void when_calm(std::function<void()> what);
  void begin_round(const supervised_child& crashed);
  void stop_all(const caf::error& reason);
  /// Goes on with whatever can go on. Never runs within itself.
  void go_on();
  /// One step of a round. @returns whether the next one can follow at once.
  bool advance();

  void tell(ec code, std::string message, std::map<std::string, term> context = {}) const;

  /// Children that are stopped, last one first, and then started, together.
  struct round_of_restarts {
    std::vector<supervised_child*> to_stop;
    /// Found when all of the others have stopped.
    std::optional<std::deque<supervised_child*>> to_start;
    /// The last one that was started; the next one waits for its name. May be null.
    supervised_child* awaited = nullptr;
  };

  supervisor_actor::pointer self;
  supervisor_options options;
  restart_intensity intensity;
  child_list<supervised_child> children;
  std::unordered_map<caf::actor_addr, supervised_child*> by_actor;
  std::uint64_t active = 0;
  std::uint64_t parked = 0;
  std::optional<round_of_restarts> round;
  /// What came during a round.
  std::deque<std::function<void()>> later;
  /// Children whose start is tried again, one for each message to itself.
  std::deque<std::string> retries;
  /// Within `go_on`.
  bool busy = false;
  /// Why the supervisor ends once its children have.
  std::optional<caf::error> ending;
};

} // namespace lockstep
