#pragma once

#include "actors/interfaces.hpp"
#include "actors/naming/name_table.hpp"
#include "actors/placement.hpp"
#include "model/failure.hpp"
#include "model/supervision/child_kind.hpp"
#include "model/supervision/child_list.hpp"
#include "model/supervision/restart_rules.hpp"
#include "model/time.hpp"

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lockstep {

/// One child of a supervisor: how it is started, each time anew.
struct child_spec {
  /// Unique among its siblings, for requests, logs and listings.
  std::string id;
  /// Starts the child, within the supervisor's thread. An error, a null handle or an exception
  /// counts like a crash at once.
  std::function<result<caf::strong_actor_ptr>(caf::actor_system&)> start;
  /// The name that the registry gives to each incarnation; nothing: none. A child counts as started
  /// when it has its name; one that gets none is killed.
  std::optional<term> name = std::nullopt;
  /// How long the child may take to end when it is asked to; then it is killed. Nothing: as long as
  /// it likes. A supervisor needs as long as its children may; if it is killed, they are, too.
  time_limit shutdown = std::chrono::seconds{5};
  restart_type restart = restart_type::permanent;
  child_kind kind = child_kind::worker;
  /// More restarts than that, and the child is parked: left stopped, with its reason, until it is
  /// started by hand. Its restarts do not count for the supervisor. Nothing: they do.
  std::optional<restart_budget> budget = std::nullopt;
  /// Asked when a child that was running before has crashed, or could not be started again, with
  /// the code of the reason: whether somebody sees to it that this does not go on for ever, so that
  /// it counts against nothing, unless not even one restart is allowed. @returns the pause before a
  /// start that failed is tried again; nothing: it counts. Called in the supervisor's thread.
  /// Empty: everything counts.
  std::function<time_limit(ec why)> excused = nullptr;
};

struct supervisor_options {
  std::string id;
  restart_strategy strategy = restart_strategy::one_for_one;
  /// More than `max_restarts` restarts within `max_seconds`: all children stop, and the supervisor
  /// ends with `unavailable`; then its own supervisor decides. May be `no_limit`.
  std::size_t max_restarts = 3;
  std::chrono::seconds max_seconds{5};
  /// Where children's names are registered; only needed if a child has one.
  std::shared_ptr<name_table> names;
  /// Hears of each restart, of parking (with the `child` and the `reason` in the context) and of
  /// giving up; called in the supervisor's thread. What it throws is ignored. May be empty.
  std::function<void(const failure&)> report;
  /// How many children may be active when one is added or started by request.
  std::size_t max_children = no_limit;
  /// Forget children that have ended for good or were terminated. For children that come and go, as
  /// those of a fleet; parked ones stay until they are terminated or deleted.
  bool forget_ended = false;
  /// Where it runs, and so how its children are started: on a thread of its own if that waits for a
  /// disk.
  placement where = placement::scheduler;
};

/// Starts a supervisor, which starts its children in their order: each when the one before has its
/// name. If two of them have the same id, it ends with `invalid_argument` at once.
///
/// It behaves as OTP's `supervisor` does, and as `DynamicSupervisor` with `forget_ended`:
/// - Asked to exit, it stops its children in reverse order, each when the one after it has ended,
///   and ends with the reason that it was given.
/// - A child that crashes is started again (`restart_type`) together with those that the strategy
///   says; these are stopped in reverse order first. They include children that had ended or were
///   terminated, but not temporary ones, which are forgotten, nor parked ones.
/// - A child that is parked, or ends without being started again, concerns no other child.
/// - A start that fails while a child is started again, or when the supervisor itself starts,
///   counts like a crash, and is tried again at once; after a second if nothing limits how often,
///   or after the pause that `excused` gives. A start that fails when it was asked for by a message
///   is an error to the caller and counts nothing.
/// - A child whose name another actor still has, such as one of a killed supervisor that is just
///   ending, is started by the supervisor itself when that actor has ended. For ten seconds this
///   counts nothing; then it is a start that fails.
/// - Requests that come while children are started again together wait for the end of that. Those
///   about one child wait until it has been started or stopped. Listings never wait.
///
/// Adding, starting, stopping and losing one child of many takes the same time however many there
/// are, with `one_for_one`.
[[nodiscard]] supervisor_actor spawn_supervisor(caf::actor_system& system,
                                                supervisor_options options,
                                                std::vector<child_spec> children);

} // namespace lockstep
