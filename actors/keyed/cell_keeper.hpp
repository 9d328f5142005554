#pragma once

#include "actors/interfaces.hpp"
#include "actors/keyed/keyed_options.hpp"
#include "actors/placement.hpp"
#include "persistence/cells/cell_store.hpp"

#include <caf/fwd.hpp>

#include <cstddef>
#include <memory>

namespace lockstep {

struct cell_keeper_options {
  /// On its own thread, it may block for the disk.
  placement where = placement::own_thread;
  /// A batch is committed at the latest when it has so many changes.
  std::size_t max_batch = 10'000;
  /// Opens the store if none is given. While it answers `unavailable` the keeper tries again, and
  /// requests wait; with any other error it ends.
  cell_store_opener open;
};

/// Starts the one actor that uses the store of the keyed shards of a `node_id`. What all of them
/// stage while it is busy it commits in one go, and answers then. Asked to exit, it commits first.
///
/// It answers in the handler in which it committed. So a request to stage something that comes back
/// unanswered since the keeper has gone had no effect.
///
/// If a commit fails, everything in it is refused, and so is everything else that its shards have
/// staged: they may have built on it. They are told, and go on with what the store holds when they
/// load again.
/// @param store May be null, see `cell_keeper_options::open`.
[[nodiscard]] cell_keeper_actor spawn_cell_keeper(caf::actor_system& system,
                                                  std::unique_ptr<cell_store> store,
                                                  cell_keeper_options options);

} // namespace lockstep
