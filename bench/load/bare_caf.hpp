#pragma once

#include "bench/load/clients.hpp"

#include <caf/actor_system.hpp>
#include <caf/result.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <vector>

namespace lockstep::bench {

/// Answers a step at once, which is all that it does.
using ping_actor = caf::typed_actor<caf::result<receipt>(atoms::step, step_report)>;

/// Actors that do nothing but answer, each with a thread of its own as shards have.
class ping_servers {
public:
  ping_servers(caf::actor_system& system, std::uint32_t count);
  ping_servers(const ping_servers&) = delete;
  ping_servers& operator=(const ping_servers&) = delete;
  ~ping_servers();

  /// Actors that ask them.
  [[nodiscard]] load actors(workload& work, std::size_t clients, asking how) const;
  /// Threads that ask them with a `caf::scoped_actor` each, and wait for each answer.
  [[nodiscard]] load threads(workload& work, std::size_t clients) const;

private:
  caf::actor_system* system_;
  std::vector<ping_actor> servers_;
};

} // namespace lockstep::bench
