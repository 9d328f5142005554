#pragma once

#include "actors/inspection.hpp"
#include "model/failure.hpp"
#include "model/routing/router.hpp"
#include "model/term/term.hpp"
#include "model/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep {

/// Does anybody answer for a shard?
enum class actor_status : std::uint8_t {
  /// It has its name.
  alive,
  /// It has ended, and its supervisor starts it again.
  restarting,
  /// It crashed too often, and is left stopped.
  parked,
  /// Nobody would start it: its node is down, or its supervisor is being started again itself.
  not_running,
};

/// `alive`, `restarting`, `parked`, `not running`.
[[nodiscard]] std::string_view to_string(actor_status status) noexcept;

/// What there is under an identifier.
struct located_instance {
  std::string specification;
  std::string state;
  std::uint64_t steps = 0;
  /// Nothing without steps.
  std::optional<timestamp> last_step_at;

  friend bool operator==(const located_instance&, const located_instance&) = default;
};

/// Where an instance is, or would be, and why.
struct whereabouts {
  term identifier;
  routing_explanation why;
  /// The shard in charge, from 1.
  std::uint32_t shard = 0;
  /// The shard's name in the registry, and how people see it.
  term name;
  std::string display_name;
  actor_status status = actor_status::not_running;
  /// Why it is parked.
  std::string reason;
  /// How often its supervisor started it again.
  std::uint64_t restarts = 0;
  /// Requests that it has not answered yet.
  std::uint64_t pending = 0;
  /// The path of the shard's file as its node knows it; empty if the instances live in memory or in
  /// a store that the node was given.
  std::string store;
  /// Nothing if there is no such instance, or if that is not known.
  std::optional<located_instance> found;
  /// Why it is not known whether there is such an instance.
  std::optional<failure> unknown;
};

template <class Inspector>
bool inspect(Inspector& f, routing_strategy& x) {
  return detail::inspect_enum(f, x, routing_strategy::ring);
}

template <class Inspector>
bool inspect(Inspector& f, actor_status& x) {
  return detail::inspect_enum(f, x, actor_status::not_running);
}

template <class Inspector>
bool inspect(Inspector& f, routing_candidate& x) {
  return f.object(x).fields(f.field("shard", x.shard), f.field("score", x.score),
                            f.field("chosen", x.chosen));
}

template <class Inspector>
bool inspect(Inspector& f, routing_explanation& x) {
  return f.object(x).fields(f.field("strategy", x.strategy), f.field("hash", x.hash),
                            f.field("candidates", x.candidates));
}

template <class Inspector>
bool inspect(Inspector& f, located_instance& x) {
  return f.object(x).fields(f.field("specification", x.specification), f.field("state", x.state),
                            f.field("steps", x.steps), f.field("last_step_at", x.last_step_at));
}

template <class Inspector>
bool inspect(Inspector& f, whereabouts& x) {
  return f.object(x).fields(
      f.field("identifier", x.identifier), f.field("why", x.why), f.field("shard", x.shard),
      f.field("name", x.name), f.field("display_name", x.display_name), f.field("status", x.status),
      f.field("reason", x.reason), f.field("restarts", x.restarts), f.field("pending", x.pending),
      f.field("store", x.store), f.field("found", x.found), f.field("unknown", x.unknown));
}

} // namespace lockstep
