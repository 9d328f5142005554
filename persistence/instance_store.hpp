#pragma once

#include "model/failure.hpp"
#include "model/workflow/implementation_model.hpp"
#include "persistence/change.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lockstep {

/// An instance as the store knows it, without its history.
struct stored_instance {
  instance_head head;
  /// When it becomes late; nothing if it has no deadline or was reported already.
  std::optional<timestamp> deadline;
  /// How often it was late.
  std::uint64_t times_late = 0;

  friend bool operator==(const stored_instance&, const stored_instance&) = default;
};

/// A step that an operation id stands for.
struct recorded_operation {
  std::uint64_t step_number = 0;
  verdict outcome = verdict::conforms;

  friend bool operator==(const recorded_operation&, const recorded_operation&) = default;
};

/// Some of the instances, in the order in which they were created.
struct instance_page {
  std::vector<stored_instance> instances;
  /// Where the next page begins; nothing after the last one.
  std::optional<std::uint64_t> next;
};

/// How many instances of a specification are in a state, and what they did.
struct state_count {
  std::string specification;
  std::string state;
  std::uint64_t instances = 0;
  std::uint64_t steps = 0;
  std::uint64_t times_late = 0;

  friend bool operator==(const state_count&, const state_count&) = default;
};

/// A recorded step that its model did not know.
struct deviating_step {
  term identifier;
  std::string specification;
  std::uint64_t number = 0;
  /// The state before; empty if there was none, or none recorded.
  std::string from;
  lockstep::step step;

  friend bool operator==(const deviating_step&, const deviating_step&) = default;
};

/// The deviations of a store: how many, and the first of them by age of instance and step.
struct deviation_list {
  std::uint64_t total = 0;
  std::vector<deviating_step> first;
};

/// Durable home of the instances and models of one shard.
///
/// Not thread-safe: one shard owns a store. Every call may block for the time of one transaction;
/// with a durable store `commit` includes an fsync (milliseconds). Identifiers are compared in
/// full. The store has no clock: times are the caller's.
///
/// Every function returns `store_failure` with the engine's message if the engine fails.
class instance_store {
public:
  instance_store() = default;
  instance_store(const instance_store&) = delete;
  instance_store& operator=(const instance_store&) = delete;
  virtual ~instance_store() = default;

  /// Makes the changes durable, in their order, all or none. When it returns an error nothing of
  /// the batch is stored.
  [[nodiscard]] virtual result<void> commit(const batch& changes) = 0;

  [[nodiscard]] virtual result<std::optional<stored_instance>> find(const term& identifier) = 0;

  /// The steps of an instance, oldest first; empty for an unknown one.
  [[nodiscard]] virtual result<std::vector<step>> history(const term& identifier) = 0;

  /// The step that an operation id was remembered with, also after its instance was deleted.
  [[nodiscard]] virtual result<std::optional<recorded_operation>>
  find_operation(std::string_view operation_id) = 0;

  /// At most `limit` instances. @param from `next` of the page before, 0 for the first one.
  [[nodiscard]] virtual result<instance_page> page(std::uint64_t from, std::size_t limit) = 0;

  /// In ascending order of specification and state. Reads every instance: for summaries.
  [[nodiscard]] virtual result<std::vector<state_count>> count_by_state() = 0;

  /// @param limit How many to return; `total` counts all.
  [[nodiscard]] virtual result<deviation_list> deviations(std::size_t limit) = 0;

  /// All deadlines that lie ahead or were not reported yet.
  [[nodiscard]] virtual result<std::vector<std::pair<timestamp, term>>> deadlines() = 0;

  /// All models, in ascending order of their specifications.
  [[nodiscard]] virtual result<std::vector<implementation_model>> models() = 0;
};

/// Which shard of how many a store belongs to. It is written into a new store and checked at every
/// later opening, since a store under another division would hide instances.
struct store_identity {
  std::uint32_t shard = 1;
  std::uint32_t distribution_factor = 1;
};

} // namespace lockstep
