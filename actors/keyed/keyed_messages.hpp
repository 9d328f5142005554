#pragma once

/// What travels to, from and between the actors of keyed shards.

#include "actors/inspection.hpp"
#include "model/cells/binary_list.hpp"
#include "model/cells/shard_cells.hpp"
#include "model/term/term.hpp"
#include "model/time.hpp"
#include "persistence/cells/cell_store.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lockstep {

template <class Inspector>
bool inspect(Inspector& f, binary_list& x) {
  return f.object(x).fields(f.field("parts", x.parts));
}

template <class Inspector>
bool inspect(Inspector& f, new_shard& x) {
  return f.object(x).fields(f.field("key", x.key), f.field("initial_value", x.initial_value),
                            f.field("operation_id", x.operation_id));
}

/// A read of the newest value strictly below a height.
struct cell_query {
  cell_key key;
  std::uint64_t height = 0;
  /// How long it may wait until its answer is certain.
  duration patience = duration::zero();
};

template <class Inspector>
bool inspect(Inspector& f, cell_query& x) {
  return f.object(x).fields(f.field("key", x.key), f.field("height", x.height),
                            f.field("patience", x.patience));
}

/// What a read found; nothing: absent.
struct cell_reading {
  cell_value value;
};

template <class Inspector>
bool inspect(Inspector& f, cell_reading& x) {
  return f.object(x).fields(f.field("value", x.value));
}

/// A keyed shard of the key map.
struct keyed_shard_info {
  shard_key key;
  /// In the registry.
  term name;
  bool running = false;
  std::uint64_t restarts = 0;
  /// Why it is not started again any more; nothing: it is.
  std::optional<std::string> parked;

  friend bool operator==(const keyed_shard_info&, const keyed_shard_info&) = default;
};

template <class Inspector>
bool inspect(Inspector& f, keyed_shard_info& x) {
  return f.object(x).fields(f.field("key", x.key), f.field("name", x.name),
                            f.field("running", x.running), f.field("restarts", x.restarts),
                            f.field("parked", x.parked));
}

/// The keyed shards of one `node_id`.
struct keyed_shard_listing {
  term node_id;
  /// As `to_string(routing_strategy)` writes it.
  std::string strategy;
  /// In ascending order of their keys.
  std::vector<keyed_shard_info> shards;
};

template <class Inspector>
bool inspect(Inspector& f, keyed_shard_listing& x) {
  return f.object(x).fields(f.field("node_id", x.node_id), f.field("strategy", x.strategy),
                            f.field("shards", x.shards));
}

/// What a keyed shard holds.
struct keyed_shard_contents {
  shard_key key;
  std::uint64_t watermark = 0;
  /// The oldest height that can be read.
  std::uint64_t horizon = 0;
  std::uint64_t cells = 0;
  std::uint64_t versions = 0;
  std::uint64_t reservations = 0;
  std::uint64_t waiting_reads = 0;
};

/// What these cells of a shard come to; nobody is known to wait.
[[nodiscard]] inline keyed_shard_contents contents_of(shard_key key, const shard_cells& cells) {
  return {std::move(key),
          cells.watermark(),
          cells.horizon(),
          cells.cell_count(),
          cells.version_count(),
          cells.reservation_count(),
          0};
}

template <class Inspector>
bool inspect(Inspector& f, keyed_shard_contents& x) {
  return f.object(x).fields(
      f.field("key", x.key), f.field("watermark", x.watermark), f.field("horizon", x.horizon),
      f.field("cells", x.cells), f.field("versions", x.versions),
      f.field("reservations", x.reservations), f.field("waiting_reads", x.waiting_reads));
}

// -- within a process -----------------------------------------------------------------------------

/// A shard's cells as its store holds them.
struct loaded_cells {
  std::shared_ptr<const cell_contents> contents;
  /// Stands for what the shard does from here on, until it loads again. From 1.
  std::uint64_t session = 0;
};

/// Changes that a shard has made in memory.
struct staged_cells {
  shard_key shard;
  std::uint64_t session = 0;
  /// Counted by the shard within the session, from 1.
  std::uint64_t number = 0;
  std::vector<cell_change> changes;
};

} // namespace lockstep
