/// What a supervisor's work costs for each of its children, with few and with many of them: adding
/// one, starting one again after a crash, and stopping one. Prints a table in microseconds a child,
/// which should hardly grow from line to line.
///
/// usage: bench_supervision [CHILDREN...]
///
/// All of it happens on one thread, by CAF's deterministic scheduler: so only the work counts, and
/// not how long idle threads sleep.

#include "actors/supervision/supervisor.hpp"
#include "actors/types.hpp"

#include "actors/caf_compat.hpp"
#include "model/with_commas.hpp"

#include <chrono>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>

using namespace lockstep;

namespace {

/// The latest incarnation of each child.
using incarnations = std::vector<caf::strong_actor_ptr>;

struct one_thread : caf::actor_system_config {
  one_thread() { set("caf.scheduler.policy", "testing"); }
};

child_spec idle_child(std::size_t number, incarnations& latest) {
  child_spec spec;
  spec.id = "child " + std::to_string(number);
  spec.start = [number, &latest](caf::actor_system& system) -> result<caf::strong_actor_ptr> {
    latest[number] = caf::actor_cast<caf::strong_actor_ptr>(
        system.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; }));
    return latest[number];
  };
  return spec;
}

/// Lets everything happen that has been asked for. @returns microseconds.
double run(caf::actor_system& system) {
  const auto begin = std::chrono::steady_clock::now();
  dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler()).run();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin)
      .count();
}

void measure(caf::actor_system& system, std::size_t children) {
  incarnations latest(children);
  supervisor_options options;
  options.id = "bench";
  options.max_restarts = no_limit;
  auto supervisor = spawn_supervisor(system, options, {});
  run(system);

  for (std::size_t child = 0; child < children; ++child)
    compat::anon_send(supervisor, atoms::start_child_v,
                      local_child{std::make_shared<const child_spec>(idle_child(child, latest))});
  const auto added = run(system);
  const auto first = latest;
  for (const auto& actor : first)
    compat::ask_to_exit(actor, caf::exit_reason::kill);
  const auto restarted = run(system);
  for (std::size_t child = 0; child < children; ++child)
    if (latest[child] == first[child])
      std::cerr << "child " << child << " was not started again\n";
  compat::ask_to_exit(caf::actor_cast<caf::strong_actor_ptr>(supervisor),
                      caf::exit_reason::user_shutdown);
  const auto stopped = run(system);

  const auto each = static_cast<double>(children);
  std::cout << std::setw(10) << with_commas(children) << std::fixed << std::setprecision(2)
            << std::setw(10) << added / each << std::setw(10) << restarted / each << std::setw(10)
            << stopped / each << '\n';
}

} // namespace

int main(int argc, char** argv) {
  make_types_known();
  std::vector<std::size_t> sizes{1'000, 10'000, 100'000};
  if (argc > 1)
    sizes.clear();
  for (int i = 1; i < argc; ++i)
    sizes.push_back(std::strtoull(argv[i], nullptr, 10));
  one_thread config;
  caf::actor_system system{config};
  std::cout << "  children       add   restart      stop   (microseconds a child)\n";
  for (auto size : sizes)
    measure(system, size);
}
