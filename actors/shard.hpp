#pragma once

#include "actors/admission.hpp"
#include "actors/checker.hpp"
#include "actors/durability.hpp"
#include "actors/error_reports.hpp"
#include "actors/interfaces.hpp"
#include "actors/placement.hpp"
#include "actors/quarantine.hpp"
#include "model/failure.hpp"
#include "model/term/term.hpp"
#include "model/time.hpp"
#include "persistence/ledger.hpp"

#include <caf/fwd.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace lockstep {

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
  /// Pause between two passes of pruning; one pass always begins at the start. Nothing: no other.
  /// With `timekeeping::events` nothing is ever pruned.
  time_limit prune_interval = std::chrono::hours{6};
  /// A batch is committed at the latest when so many changes are staged.
  std::size_t max_batch = 10'000;
  lockstep::durability durability = lockstep::durability::commit;
  /// With `durability::async`: how long after the first change the batch is committed.
  duration commit_interval = std::chrono::milliseconds{50};
  /// Learns how long requests take. `node::start` sets it; may be empty.
  std::shared_ptr<admission> gate;
  /// The current time, with `timekeeping::events` as well: requests' deadlines count on it,
  /// whatever the times of their steps. Called in the shard's thread and, to give requests a
  /// deadline, in those of a node's callers. `node::start` takes the system's clock if it is empty;
  /// `spawn_shard` needs one.
  std::function<timestamp()> now;
  report_sink report;
  /// Who answers the questions that would hold the shard up; null if nobody is there just now.
  /// `node::start` takes the node's checker if it is empty; a shard of one's own then answers them
  /// itself, however long that takes.
  std::function<checker_actor()> find_checker;
  /// How long one of these questions may take; then the requests that wait for it are refused.
  std::chrono::milliseconds check_timeout = default_check_timeout;
  /// Which instances crashed the shard, and which are quarantined: the same for all incarnations of
  /// a shard. `node::start` gives each shard its own; null: nobody is remembered.
  std::shared_ptr<quarantine> suspects;
};

/// The name in the registry of shard 1, 2, …: `{shard, 3}`.
[[nodiscard]] term shard_name(std::uint32_t index);

/// The names of shards 1 to `count`, from shard 1: for those who look shards up again and again.
[[nodiscard]] std::vector<term> shard_names(std::uint32_t count);

/// How people see it: `DistributedInstanceManager.Server_3`.
[[nodiscard]] std::string shard_display_name(std::uint32_t index);

/// A failure with that shard in its context, if it names none yet.
[[nodiscard]] failure at_shard(std::uint32_t index, failure reason);

/// Starts a shard on its books. It commits what waits in its mailbox in one go and answers then.
/// Asked to exit, it commits first. A request whose deadline has passed when its turn comes is not
/// executed.
///
/// A step that needs a large check waits until the checker has done it, and every later request
/// about its instance waits behind it; other instances go on. A list of steps or identifiers is one
/// request and waits as a whole. What looks at all instances, such as lists, sums, deadlines and
/// sweeps, waits for nothing and sees them without the steps that wait.
///
/// An exception that escapes from what it does ends the shard, and is noted in `suspects`.
[[nodiscard]] shard_actor spawn_shard(caf::actor_system& system, ledger books,
                                      shard_options options);

} // namespace lockstep
