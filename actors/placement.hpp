#pragma once

namespace lockstep {

/// Where an actor runs: tests control the scheduler, but not an actor's own thread.
enum class placement {
  /// On a thread of its own, where blocking on a disk or a long computation holds up nobody else.
  own_thread,
  /// On CAF's scheduler.
  scheduler,
};

} // namespace lockstep
