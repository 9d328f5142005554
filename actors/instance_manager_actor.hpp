#pragma once

#include "actors/admission.hpp"
#include "actors/checker.hpp"
#include "actors/declared_specifications.hpp"
#include "actors/error_reports.hpp"
#include "actors/interfaces.hpp"
#include "actors/naming/name_table.hpp"
#include "model/routing/shard_layout.hpp"

#include <caf/fwd.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace lockstep {

struct routing_options {
  std::shared_ptr<name_table> names;
  /// Number of shards; at least 1.
  std::uint32_t distribution_factor = 1;
  /// How instances are divided among them; see `shard_layout`.
  routing_strategy routing = routing_strategy::modulo;
  /// The shards' gates, from shard 1; null: everything is let in.
  std::shared_ptr<const std::vector<std::shared_ptr<admission>>> gates;
  /// The shards' clock, for the deadlines of requests that have none; empty: they get none.
  std::function<timestamp()> now;
  /// How long a shard may take for an answer.
  std::chrono::milliseconds request_timeout{30'000};
  /// How much longer it may take for a request about instances, which may wait for a large check.
  std::chrono::milliseconds check_timeout = default_check_timeout;
  /// How long a request waits for a shard that is being started again.
  std::chrono::milliseconds recovery_timeout{15'000};
  /// How long deleting everything that a filter chooses may take.
  std::chrono::milliseconds sweep_timeout = std::chrono::hours{1};
  /// Shared with whoever starts the shards.
  std::shared_ptr<declared_specifications> declared = std::make_shared<declared_specifications>();
  /// The node_ids of the node's keyed shards.
  std::vector<term> keyed_nodes;
  /// Hears of asynchronous requests that reached no shard. May be empty.
  report_sink report;
  /// The path of a shard's file, for those who ask where an instance is; empty: it has none.
  std::function<std::string(std::uint32_t shard)> store_file;

  [[nodiscard]] shard_layout layout() const noexcept { return {distribution_factor, routing}; }
};

/// How long a shard may take for a request that begins with that atom.
template <class Atom>
[[nodiscard]] std::chrono::milliseconds timeout_of(const routing_options& options) {
  if (std::is_same_v<Atom, atoms::remove_all> || std::is_same_v<Atom, atoms::summarise>)
    return options.sweep_timeout;
  constexpr auto may_wait =
      std::is_same_v<
          Atom,
          atoms::
              initialise> || std::is_same_v<Atom, atoms::step> || std::is_same_v<Atom, atoms::mock> || std::is_same_v<Atom, atoms::get> || std::is_same_v<Atom, atoms::remove>;
  return options.request_timeout
         + (may_wait ? options.check_timeout : std::chrono::milliseconds::zero());
}

/// Requests that say themselves until when they are to be done.
template <class Atom>
inline constexpr bool has_own_deadline =
    std::is_same_v<
        Atom,
        atoms::
            initialise> || std::is_same_v<Atom, atoms::step> || std::is_same_v<Atom, atoms::mock>;

/// Lets a request into a shard. Errors: `overloaded`.
[[nodiscard]] inline result<ticket> enter(const routing_options& options, std::uint32_t shard,
                                          std::size_t units = 1) {
  return options.gates ? (*options.gates)[shard - 1]->enter(units) : result<ticket>{ticket{}};
}

/// The same for a request whose sender, who begins to wait now, waits no longer than `timeout`.
template <class Atom>
result<ticket> enter_until(const routing_options& options, std::uint32_t shard,
                           std::chrono::milliseconds timeout, std::size_t units = 1) {
  auto place = enter(options, shard, units);
  if (place && !has_own_deadline<Atom> && options.now)
    place->set_deadline(options.now() + timeout);
  return place;
}

/// Gives a request that has no deadline the one after which its sender, who begins to wait now,
/// waits no more.
template <class Request>
void set_deadline(Request& request, const routing_options& options,
                  std::chrono::milliseconds timeout) {
  if (!request.deadline && options.now)
    request.deadline = options.now() + timeout;
}

/// The same for a list, all of which its sender waits for.
inline void set_deadlines(std::vector<step_report>& steps, const routing_options& options,
                          std::chrono::milliseconds timeout) {
  if (!options.now)
    return;
  const auto due = options.now() + timeout;
  for (auto& one : steps)
    if (!one.deadline)
      one.deadline = due;
}

/// The name in the registry of the actor that stands for all shards: `instance_manager`.
[[nodiscard]] term instance_manager_name();

/// What those hear who look for it in vain.
[[nodiscard]] failure manager_not_running();

/// That of the shards' supervisor: `shard_supervisor`.
[[nodiscard]] term shard_supervisor_name();

/// Starts the actor that stands for all shards. It keeps no state but the requests under way.
[[nodiscard]] instance_manager_actor spawn_instance_manager(caf::actor_system& system,
                                                            routing_options options);

} // namespace lockstep
