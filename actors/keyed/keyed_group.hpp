#pragma once

#include "model/cells/shard_cells.hpp"
#include "model/routing/routing_strategy.hpp"
#include "model/term/term.hpp"
#include "persistence/cells/cell_store.hpp"

#include <vector>

namespace lockstep {

/// The keyed shards of one `node_id`, as a configuration describes them: see
/// `keyed_shards_options`.
struct keyed_group {
  term node_id;
  routing_strategy strategy = routing_strategy::one_per_key;
  std::vector<new_shard> schema;
  cell_options cells;
};

} // namespace lockstep
