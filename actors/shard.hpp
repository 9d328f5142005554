#pragma once

#include "actors/error_reports.hpp"
#include "actors/interfaces.hpp"
#include "model/failure.hpp"
#include "model/term/term.hpp"
#include "model/time.hpp"
#include "persistence/ledger.hpp"

#include <caf/fwd.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace lockstep {

/// Where an actor runs: tests control the scheduler, but not an actor's own thread.
enum class placement {
  /// On a thread of its own, where blocking on a disk holds up nobody else.
  own_thread,
  /// On CAF's scheduler.
  scheduler,
};

/// Which time decides that an instance is late.
enum class timekeeping {
  /// The clock: deadlines are watched while the shard runs.
  clock,
  /// The times of the reported steps, for input from the past. Lateness is noticed at the next step
  /// and when the shard is told how late it is.
  events,
};

struct shard_options {
  placement where = placement::own_thread;
  timekeeping time = timekeeping::clock;
  /// Report instances whose deadline passed before the shard started; otherwise they never are.
  bool check_timeouts_on_start = true;
  /// Pause between two passes of pruning; one pass always runs at the start. Nothing: no other.
  /// With `timekeeping::events` nothing is ever pruned.
  time_limit prune_interval = std::chrono::hours{6};
  /// A batch is committed at the latest when so many changes are staged.
  std::size_t max_batch = 10'000;
  /// The current time; called in the shard's thread. `node::start` takes the system's clock if it
  /// is empty; `spawn_shard` needs one.
  std::function<timestamp()> now;
  report_sink report;
};

/// The name in the registry of shard 1, 2, …: `{shard, 3}`.
[[nodiscard]] term shard_name(std::uint32_t index);

/// How people see it: `DistributedInstanceManager.Server_3`.
[[nodiscard]] std::string shard_display_name(std::uint32_t index);

/// Starts a shard on its books. It commits what waits in its mailbox in one go and answers then.
/// Asked to exit, it commits first.
[[nodiscard]] shard_actor spawn_shard(caf::actor_system& system, ledger books,
                                      shard_options options);

} // namespace lockstep
