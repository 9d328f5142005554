#pragma once

#include "actors/instance_manager.hpp"
#include "app/input/event_reader.hpp"
#include "model/failure.hpp"
#include "model/time.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace lockstep {

/// What became of the events of an input.
struct observation_tally {
  std::uint64_t events = 0;
  /// Steps that are new in the store.
  std::uint64_t recorded = 0;
  /// Events whose operation was recorded before.
  std::uint64_t duplicates = 0;
  /// Events, new or not, whose step deviates and that the error policy does not swallow.
  std::uint64_t deviations = 0;
  /// Events that were refused, and the first of them.
  std::uint64_t refused = 0;
  std::vector<failure> refused_examples;
  /// The latest time of an event.
  std::optional<timestamp> last_event_at;
  /// Stopped by a signal before the end of the input.
  bool interrupted = false;
};

struct observer_options {
  /// Whose instances the events are about.
  std::string specification;
  /// How many events travel together.
  std::size_t batch = 2'000;
  /// Asked between batches; true ends the observation early. May be empty.
  std::function<bool()> interrupted;
  /// Told after each batch. May be empty.
  std::function<void(const observation_tally&)> progress;
};

/// Reads events to the end and records each as a step of its instance, which is initialised at its
/// first step. While the shards work on one batch, the next one is read.
///
/// What was read before an error is recorded; running again goes on there, since each event's
/// operation id is remembered. `tally` is right in any case.
/// @returns the reader's errors, and `store_failure` or `unavailable` from the node.
[[nodiscard]] result<void> observe(event_reader& reader, const instance_manager& manager,
                                   const observer_options& options, observation_tally& tally);

} // namespace lockstep
