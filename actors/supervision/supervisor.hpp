#pragma once

#include "actors/interfaces.hpp"
#include "actors/naming/name_table.hpp"
#include "model/failure.hpp"
#include "model/supervision/restart_intensity.hpp"
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
  /// Unique among its siblings, for logs and listings.
  std::string id;
  /// Starts the child, within the supervisor's thread. An error counts like a crash at once.
  std::function<result<caf::strong_actor_ptr>(caf::actor_system&)> start;
  /// The name that the registry gives to each incarnation; nothing: none.
  std::optional<term> name;
  /// How long the child may take to end when it is asked to; then it is killed.
  duration shutdown = std::chrono::seconds{5};
};

enum class restart_strategy {
  /// A child that ends is started again; the others go on.
  one_for_one,
  /// The children that were started after it are stopped, and all of them started again.
  rest_for_one,
};

struct supervisor_options {
  std::string id;
  restart_strategy strategy = restart_strategy::one_for_one;
  /// More than `max_restarts` restarts within `max_seconds`: all children stop, and the supervisor
  /// ends with `unavailable`; then its own supervisor decides.
  std::size_t max_restarts = 3;
  std::chrono::seconds max_seconds{5};
  /// Where children's names are registered; only needed if a child has one.
  std::shared_ptr<name_table> names;
  /// Hears of each restart and of giving up; called in the supervisor's thread. May be empty.
  std::function<void(const failure&)> report;
};

/// Starts a supervisor, which starts its children in their order. Children stop in reverse order.
[[nodiscard]] supervisor_actor spawn_supervisor(caf::actor_system& system,
                                                supervisor_options options,
                                                std::vector<child_spec> children);

} // namespace lockstep
