#pragma once

#include "actors/types.hpp"
#include "app/input/event_reader.hpp"
#include "app/observation/observer.hpp"
#include "model/workflow/implementation_model.hpp"

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

namespace lockstep {

/// A model as a summary shows it.
struct model_summary {
  implementation_model model;
  /// Is it branching bisimilar to its specification?
  bool equivalent = false;
  /// Where it was written, and the picture of it.
  std::string spex_file;
  std::string mermaid_file;
  std::string mermaid;
};

/// What `lockstep observe` tells at its end.
struct observation_summary {
  /// The input's path, "-" for standard input.
  std::string input;
  std::string specification;
  input_counters counters;
  observation_tally tally;
  double seconds = 0.0;
  /// The whole store's, each with its first deviations.
  std::vector<shard_summary> shards;
  std::vector<model_summary> models;

  /// Instances that were late, each time counted.
  [[nodiscard]] std::uint64_t times_late() const;
  [[nodiscard]] std::uint64_t deviations() const;
  [[nodiscard]] double events_per_second() const;
};

/// For people.
void print_text(std::ostream& out, const observation_summary& summary);

/// For programs: the same as one JSON object.
void print_json(std::ostream& out, const observation_summary& summary);

/// What shards hold, for people: counts by shard and by state, and at most as many deviations.
void print_shards(std::ostream& out, const std::vector<shard_summary>& shards,
                  std::size_t max_deviations);

} // namespace lockstep
