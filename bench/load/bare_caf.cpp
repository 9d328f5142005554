#include "bench/load/bare_caf.hpp"

#include <caf/scoped_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <stdexcept>
#include <thread>
#include <utility>

namespace lockstep::bench {

namespace {

struct ping_state {
  static constexpr const char* name = "bench.ping";

  explicit ping_state(ping_actor::pointer) {}

  ping_actor::behavior_type make_behavior() {
    return {[this](atoms::step, const step_report&) { return receipt{++answered}; }};
  }

  std::uint64_t answered = 0;
};

struct ping_target {
  std::vector<ping_actor> servers;
  [[nodiscard]] const ping_actor& server(std::size_t instance) const {
    return servers[instance % servers.size()];
  }
  auto ask(caf::event_based_actor* self, caf::timespan timeout, std::size_t instance,
           step_report step) const {
    return compat::request(self, server(instance), timeout, atoms::step_v, std::move(step));
  }
};

/// As long as the handle waits for a shard.
constexpr auto ping_timeout = std::chrono::seconds{60};

} // namespace

ping_servers::ping_servers(caf::actor_system& system, std::uint32_t count) : system_(&system) {
  for (std::uint32_t i = 0; i < count; ++i)
    servers_.push_back(compat::spawn<ping_actor, ping_state, caf::detached>(system));
}

ping_servers::~ping_servers() {
  for (const auto& one : servers_)
    compat::ask_to_exit(caf::actor_cast<caf::strong_actor_ptr>(one),
                        caf::exit_reason::user_shutdown);
}

load ping_servers::actors(workload& work, std::size_t clients, asking how) const {
  return asking_actors(*system_, work, clients, how, ping_target{servers_});
}

load ping_servers::threads(workload& work, std::size_t clients) const {
  return client_threads(work, clients,
                        [system = system_, target = ping_target{servers_}](tally& seen, share& mine,
                                                                           const window& when) {
                          caf::scoped_actor self{*system};
                          while (bench_clock::now() < when.until) {
                            const auto sent = bench_clock::now();
                            const auto instance = mine.next();
                            const auto& server = target.server(instance);
                            compat::request(self, server, ping_timeout, atoms::step_v,
                                            mine.all().next_step(instance))
                                .receive([](const receipt&) {},
                                         [](const caf::error& reason) {
                                           throw std::runtime_error{caf::to_string(reason)};
                                         });
                            seen.answered(sent, bench_clock::now(), when);
                          }
                        });
}

} // namespace lockstep::bench
