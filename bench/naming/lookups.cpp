/// Look-ups by name while names come and go: how many a second and core, with 1, 2 and 8 threads
/// that read, and how long the slowest takes. Prints tables; exits with 1 if a look-up finds
/// anybody but the name's holder.
///
/// usage: bench_names [SECONDS [NAMES [REGISTRATIONS_A_SECOND]]]
///
/// The readers look up names whose holders stay, in an order that has nothing to do with the
/// table's, by terms that are not those of the table. They go through their own terms in the order
/// in which these were made, so that the processor has them at hand as those of a caller that has
/// just made them. Meanwhile an actor has the registry give so many names a second, and take as
/// many back, through messages that are all answered. "Per core" divides by the processor time of
/// the reading threads, since more of them may run than there are cores.

#include "actors/caf_compat.hpp"
#include "actors/naming/registry.hpp"
#include "actors/types.hpp"
#include "bench/support/figures.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <time.h>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>

using namespace lockstep;
using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

namespace {

constexpr double wanted_a_second_and_core = 5'000'000;
/// One look-up in so many is timed.
constexpr std::uint64_t sampling = 256;
/// Registrations that may wait for their answers.
constexpr std::size_t most_waiting = 20'000;
/// Names that come and go are held for so many registrations.
constexpr std::size_t held = 1'000;

struct settings {
  std::chrono::duration<double> length{5};
  std::int64_t names = 10'000;
  std::int64_t registrations = 10'000;
};

term user(std::int64_t number) {
  static const term kind = atom{"user"};
  return term::tuple({kind, number});
}

term visitor(std::int64_t number) {
  static const term kind = atom{"visitor"};
  return term::tuple({kind, number});
}

caf::behavior nothing(caf::event_based_actor*) {
  return {[](int) {}};
}

std::chrono::nanoseconds time_of_thread() {
  timespec taken{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &taken);
  return std::chrono::seconds{taken.tv_sec} + std::chrono::nanoseconds{taken.tv_nsec};
}

// -- names that come and go -----------------------------------------------------------------------

/// What the registry has answered.
struct traffic {
  /// As many names were given as were taken back.
  std::atomic<std::uint64_t> answers = 0;
};

/// Gives and takes names at a pace, as long as it lives.
struct visitors {
  visitors(caf::event_based_actor* self_ptr, registry_actor registry_in_charge,
           std::int64_t a_second, std::shared_ptr<traffic> counts)
      : self(self_ptr),
        registry(std::move(registry_in_charge)),
        pace(a_second),
        count(std::move(counts)) {
    for (std::size_t i = 0; i < held; ++i)
      holders.push_back(caf::actor_cast<caf::strong_actor_ptr>(self->home_system().spawn(nothing)));
    tick();
  }

  ~visitors() {
    for (const auto& one : holders)
      compat::ask_to_exit(one, caf::exit_reason::kill);
  }

  void tick() {
    const auto due = std::chrono::duration<double>(clock_type::now() - begin).count()
                     * static_cast<double>(pace);
    while (static_cast<double>(next) < due && waiting < most_waiting)
      give();
    self->run_delayed(1ms, [this] { tick(); });
  }

  void give() {
    const auto number = next++;
    const auto& holder = holders[static_cast<std::size_t>(number) % held];
    send(atoms::register_name_v, visitor(number), holder);
    if (number >= static_cast<std::int64_t>(held)) // the same holder has that one
      send(atoms::unregister_name_v, visitor(number - std::int64_t{held}), holder);
  }

  // No request, whose bookkeeping in CAF would cost more than the registry does.
  template <class Atom>
  void send(Atom what, const term& name, const caf::strong_actor_ptr& holder) {
    ++waiting;
    compat::send(self, registry, what, name, holder);
  }

  void answered() {
    --waiting;
    ++count->answers;
  }

  caf::event_based_actor* self;
  registry_actor registry;
  std::int64_t pace;
  std::shared_ptr<traffic> count;
  std::vector<caf::strong_actor_ptr> holders;
  clock_type::time_point begin = clock_type::now();
  std::int64_t next = 0;
  std::size_t waiting = 0;
};

caf::behavior visitors_actor(caf::event_based_actor* self, const registry_actor& registry,
                             std::int64_t pace, const std::shared_ptr<traffic>& count) {
  auto state = std::make_shared<visitors>(self, registry, pace, count);
  return {[state](std::uint64_t) { state->answered(); }};
}

// -- readers --------------------------------------------------------------------------------------

struct reading {
  std::uint64_t lookups = 0;
  std::uint64_t wrong = 0;
  std::chrono::nanoseconds processor{0};
  std::chrono::nanoseconds slowest{0};
  /// Of the processor time of one look-up.
  std::chrono::nanoseconds slowest_processor{0};

  void add(const reading& other) {
    lookups += other.lookups;
    wrong += other.wrong;
    processor += other.processor;
    slowest = std::max(slowest, other.slowest);
    slowest_processor = std::max(slowest_processor, other.slowest_processor);
  }
};

/// What all readers look for.
struct directory {
  std::shared_ptr<name_table> names;
  std::vector<term> keys;
  std::vector<caf::strong_actor_ptr> holders;
};

reading read_until(const directory& known, const std::atomic<bool>& stop, std::size_t first) {
  reading done;
  auto look_up = [&, at = first]() mutable {
    at = at + 1 == known.keys.size() ? 0 : at + 1;
    done.wrong += known.names->lookup(known.keys[at]) == known.holders[at] ? 0U : 1U;
  };
  const auto begin = time_of_thread();
  while (!stop.load(std::memory_order_relaxed)) {
    for (std::uint64_t i = 1; i < sampling; ++i)
      look_up();
    const auto processor = time_of_thread();
    const auto wall = clock_type::now();
    look_up();
    done.slowest = std::max<std::chrono::nanoseconds>(done.slowest, clock_type::now() - wall);
    done.slowest_processor = std::max(done.slowest_processor, time_of_thread() - processor);
    done.lookups += sampling;
  }
  done.processor = time_of_thread() - begin;
  return done;
}

reading read_with(const directory& known, std::size_t readers,
                  std::chrono::duration<double> length) {
  std::atomic<bool> stop = false;
  std::vector<reading> each(readers);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < readers; ++i)
    threads.emplace_back(
        [&, i] { each[i] = read_until(known, stop, i * known.keys.size() / readers); });
  std::this_thread::sleep_for(length);
  stop = true;
  for (auto& one : threads)
    one.join();
  reading all;
  for (const auto& one : each)
    all.add(one);
  return all;
}

directory make_directory(caf::actor_system& system, std::int64_t count) {
  directory known{std::make_shared<name_table>(), {}, {}};
  for (std::int64_t i = 0; i < count; ++i) {
    known.keys.push_back(user(i));
    known.holders.push_back(caf::actor_cast<caf::strong_actor_ptr>(system.spawn(nothing)));
  }
  return known;
}

/// @returns how many names were refused.
std::uint64_t register_all(caf::actor_system& system, const registry_actor& registry,
                           const directory& known) {
  std::vector<std::int64_t> order(known.keys.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::shuffle(order.begin(), order.end(), std::mt19937_64{1});
  caf::scoped_actor self{system};
  std::uint64_t refused = 0;
  for (const auto one : order)
    compat::request(self, registry, caf::infinite, atoms::register_name_v, user(one),
                    known.holders[static_cast<std::size_t>(one)])
        .receive([](std::uint64_t) {}, [&](const caf::error&) { ++refused; });
  return refused;
}

// -- tables ---------------------------------------------------------------------------------------

double seconds_of(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

double microseconds_of(std::chrono::nanoseconds time) { return seconds_of(time) * 1e6; }

struct report {
  bench::figures table{"lookups",
                       "Look-ups by name",
                       {"readers", "wanted reg/s", "reg/s", "look-ups/s", "look-ups/s/core", "ns",
                        "slowest us", "slowest cpu us"}};
  bench::scorecard targets;
  std::uint64_t wrong = 0;

  void measure(const directory& known, std::size_t readers, std::int64_t pace, const traffic& count,
               std::chrono::duration<double> length) {
    const auto answers = count.answers.load();
    const auto begin = clock_type::now();
    const auto done = read_with(known, readers, length);
    const auto took = seconds_of(clock_type::now() - begin);
    const auto a_core = static_cast<double>(done.lookups) / seconds_of(done.processor);
    const auto given_a_second = static_cast<double>(count.answers - answers) / 2 / took;
    table.add({bench::figure{static_cast<double>(readers)},
               bench::figure{static_cast<double>(pace)}, bench::figure{given_a_second},
               bench::figure{static_cast<double>(done.lookups) / took}, bench::figure{a_core},
               bench::figure{1e9 / a_core, 1}, bench::figure{microseconds_of(done.slowest), 1},
               bench::figure{microseconds_of(done.slowest_processor), 1}});
    wrong += done.wrong;
    if (pace == 0)
      return;
    const auto who = std::to_string(readers) + (readers == 1 ? " reader" : " readers");
    targets.add("look-ups: " + who, a_core, "1/s/core", bench::at_least(wanted_a_second_and_core),
                0);
    // Pacing by a clock falls a little short.
    targets.add("registrations beside " + who, given_a_second, "1/s",
                bench::at_least(0.99 * static_cast<double>(pace)), 0);
  }
};

double argument(int argc, char** argv, int place, double otherwise) {
  return argc > place ? std::strtod(argv[place], nullptr) : otherwise;
}

int run(const settings& how) {
  caf::actor_system_config config;
  caf::actor_system system{config};
  auto known = make_directory(system, how.names);
  auto registry = spawn_registry(system, known.names);
  auto count = std::make_shared<traffic>();
  auto wrong = register_all(system, registry, known);
  report told;
  for (const std::int64_t pace : {std::int64_t{0}, how.registrations}) {
    auto driver = system.spawn(visitors_actor, registry, pace, count);
    std::this_thread::sleep_for(200ms);
    for (const std::size_t readers : {1U, 2U, 8U})
      told.measure(known, readers, pace, *count, how.length);
    compat::ask_to_exit(caf::actor_cast<caf::strong_actor_ptr>(driver), caf::exit_reason::kill);
  }
  for (const auto& one : known.holders)
    compat::ask_to_exit(one, caf::exit_reason::kill);
  compat::ask_to_exit(caf::actor_cast<caf::strong_actor_ptr>(registry), caf::exit_reason::kill);
  told.table.print(std::cout);
  told.targets.table().print(std::cout);
  wrong += told.wrong;
  std::cout << "\nwrong answers " << wrong << '\n';
  return wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

} // namespace

int main(int argc, char** argv) {
  settings how;
  how.length = std::chrono::duration<double>(argument(argc, argv, 1, how.length.count()));
  how.names = static_cast<std::int64_t>(argument(argc, argv, 2, 10'000));
  how.registrations = static_cast<std::int64_t>(argument(argc, argv, 3, 10'000));
  if (how.length.count() <= 0 || how.names <= 0 || how.registrations <= 0) {
    std::cerr << "usage: bench_names [SECONDS [NAMES [REGISTRATIONS_A_SECOND]]]\n";
    return 2;
  }
  make_types_known();
  return run(how);
}
