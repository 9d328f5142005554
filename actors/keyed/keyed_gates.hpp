#pragma once

#include "actors/admission.hpp"
#include "model/cells/binary_list.hpp"
#include "model/failure.hpp"
#include "model/term/term.hpp"

#include <caf/fwd.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace lockstep {

/// The gates of one keyed shard. Reads have one of their own: while they wait for a change that is
/// still to come, that must get in.
struct shard_gates {
  std::shared_ptr<admission> changes;
  std::shared_ptr<admission> reads;
  /// Has the sender of a request let it in itself? Empty: nobody does.
  std::function<bool(const caf::strong_actor_ptr& sender)> let_in_by;
};

/// The gates of the keyed shards of one `node_id`, for as long as their tree may be started again.
///
/// A keyed shard never waits for a disk, so it lets requests in itself when it takes them up; the
/// front, which holds those whose shard is being started again, does so for what it sends on. All
/// that is not answered counts, reads that wait included.
///
/// CAF's metrics `lockstep.requests.*` show the sums of all of them, with the front's name in the
/// registry as `shard`.
///
/// Thread-safe.
class keyed_gates {
public:
  /// @param max_pending Of each gate; at least 1.
  keyed_gates(term node_id, std::size_t max_pending);

  /// Shows gates that are made from now on.
  void show_in(caf::actor_system& system);

  /// Made when they are asked for. @pre There is such a shard.
  [[nodiscard]] shard_gates of(const shard_key& key);

  /// For requests of which nobody knows yet whether there is a shard for them.
  [[nodiscard]] std::shared_ptr<admission> front();

private:
  [[nodiscard]] std::shared_ptr<admission> make(const std::string& name) const;

  const term node_id_;
  const std::size_t max_pending_;
  std::mutex mutex_;
  caf::actor_system* system_ = nullptr;
  std::map<shard_key, shard_gates> gates_;
  std::shared_ptr<admission> front_;
};

/// The request is answered with that error, or with none: null.
void leave_queue(ticket& place, const failure* error) noexcept;

} // namespace lockstep
