#pragma once

#include "actors/supervision/supervisor.hpp"
#include "model/supervision/restart_intensity.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/disposable.hpp>
#include <caf/typed_response_promise.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lockstep {

enum class child_state {
  /// Has no actor, and gets none by itself.
  stopped,
  /// Has an actor that is being named.
  starting,
  running,
  /// Has been asked to end.
  stopping,
  /// Has ended by itself; what to do about that comes next.
  ended,
  /// Its start failed and will be tried again.
  retrying,
  /// As `stopped`, since it ended too often.
  parked,
};

/// A child as its supervisor sees it.
struct supervised_child {
  explicit supervised_child(std::shared_ptr<const child_spec> given) : spec(std::move(given)) {
    renew_budget();
  }

  [[nodiscard]] const std::string& id() const noexcept { return spec->id; }

  /// Counts as one of those that there may be at most so many of.
  [[nodiscard]] bool active() const noexcept {
    return state != child_state::stopped && state != child_state::parked;
  }

  /// If a crash with this reason, or a start that failed with it, counts against nothing: the pause
  /// before the next start.
  [[nodiscard]] time_limit excuse(ec reason) const {
    return starts > 0 && spec->excused ? spec->excused(reason) : std::nullopt;
  }
  void renew_budget() {
    if (spec->budget)
      budget.emplace(spec->budget->max_restarts, spec->budget->max_seconds);
  }

  std::shared_ptr<const child_spec> spec;
  std::optional<restart_intensity> budget;
  child_state state = child_state::stopped;
  /// Null but while it is starting, running or stopping.
  caf::strong_actor_ptr actor;
  std::uint64_t starts = 0;
  /// Is to be started with others as soon as those that must be stopped have ended.
  bool due = false;
  /// Why it is parked.
  std::string why;
  /// Why it got no name.
  std::optional<failure> unnamed;
  /// Since when another actor, its predecessor most likely, has kept the name that it needs.
  std::optional<restart_intensity::clock::time_point> name_taken_since;
  caf::disposable kill_timer;

  /// Who asked for the start; the state to go back to if it fails, nothing: remove the child.
  std::optional<caf::typed_response_promise<caf::strong_actor_ptr>> asked;
  std::optional<child_state> before;
  /// Those who asked for its end.
  std::vector<caf::typed_response_promise<void>> terminators;
  /// Requests that wait until it has been started or stopped.
  std::vector<std::function<void()>> waiting;
};

} // namespace lockstep
