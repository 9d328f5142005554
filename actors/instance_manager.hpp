#pragma once

#include "actors/instance_manager_actor.hpp"
#include "actors/interfaces.hpp"
#include "model/failure.hpp"

#include <caf/fwd.hpp>
#include <caf/scoped_actor.hpp>

#include <functional>
#include <vector>

namespace lockstep {

/// Steps under way to their shards.
class pending_steps {
public:
  /// Waits for the answers, in the order of the steps. Once.
  [[nodiscard]] result<std::vector<step_answer>> wait();

private:
  friend class instance_manager;
  std::function<result<std::vector<step_answer>>()> receive_;
};

/// A handle on the instances of a node, for threads that are no actors.
///
/// Copies are cheap; calls may come from any thread but CAF's own, and block until the shard has
/// answered: a request that changes something is durable then. A shard that is being restarted is
/// waited for. Actors ask `actor()` instead.
///
/// Errors of every call beside its own: `unavailable`, `store_failure`.
class instance_manager {
public:
  /// @param system Must outlive the handle and all its copies.
  instance_manager(caf::actor_system& system, routing_options options);

  /// Errors: `unknown_specification`, `instance_identifier_already_in_use`,
  /// `impl_model_not_found`, `deviation_*`, `invalid_argument`.
  [[nodiscard]] result<receipt> initialise(const initialisation& request) const;

  /// Errors: `instance_identifier_not_found`, `deviation_*`, `invalid_argument`, and those of
  /// `initialise` for a report with `initialise_as`.
  [[nodiscard]] result<receipt> step(const step_report& report) const;

  /// Sends many steps at once, one message a shard, and returns without waiting.
  [[nodiscard]] pending_steps begin_steps(std::vector<step_report> steps) const;

  /// Errors: `unknown_specification`, `invalid_argument`.
  [[nodiscard]] result<void> mock(const initialisation& request) const;

  /// Errors: `instance_identifier_not_found`.
  [[nodiscard]] result<instance> get(const term& identifier) const;

  [[nodiscard]] result<void> remove(const term& identifier) const;

  /// Calls `visit` with every instance, shard by shard, page by page, until it returns false.
  [[nodiscard]] result<void>
  for_each_instance(const std::function<bool(const stored_instance&)>& visit) const;

  /// Every shard's counts, each with at most `deviations` deviations.
  [[nodiscard]] result<std::vector<shard_summary>> summarise(std::uint64_t deviations) const;

  /// Merged over the shards.
  [[nodiscard]] result<std::vector<implementation_model>> models() const;

  /// Takes models over in every shard. Errors: `unknown_specification`.
  [[nodiscard]] result<void> adopt(const std::vector<implementation_model>& models) const;

  /// Reports the instances that are late at that time.
  [[nodiscard]] result<void> expire(timestamp at) const;

  /// The actor that stands for all shards, for actors and other nodes; null while it is restarted.
  [[nodiscard]] instance_manager_actor actor() const;

  [[nodiscard]] std::uint32_t distribution_factor() const noexcept {
    return options_.distribution_factor;
  }

private:
  template <class T, class... Ts>
  result<T> ask_shard(const term& identifier, const Ts&... content) const;
  template <class T, class... Ts>
  result<T> ask_all(const Ts&... content) const;

  caf::actor_system* system_;
  routing_options options_;
};

} // namespace lockstep
