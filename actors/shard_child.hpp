#pragma once

#include "actors/shard.hpp"
#include "actors/supervision/supervisor.hpp"
#include "persistence/instance_store.hpp"
#include "persistence/ledger.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace lockstep {

/// How a shard is started, each time anew.
struct shard_start {
  /// From 1.
  std::uint32_t index = 1;
  /// Opens its store with all that was committed to it before.
  std::function<result<std::unique_ptr<instance_store>>()> open_store;
  std::function<result<ledger>(std::unique_ptr<instance_store>)> open_books;
  /// With a clock and a quarantine.
  shard_options options;
};

/// A shard as a supervisor's child, under its name. Before each start it is concluded from the
/// crash before whether an instance must be quarantined.
[[nodiscard]] child_spec shard_child(shard_start how);

} // namespace lockstep
