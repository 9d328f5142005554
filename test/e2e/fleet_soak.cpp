/// Ten thousand workers, two hundred crashes a second, four callers: each call must be answered by
/// the worker of its key or fail, and nothing may be left in the end. Runs for `LOCKSTEP_SOAK`
/// seconds, 5 without.

#include "actors/fleet/fleet.hpp"
#include "actors/types.hpp"

#include <caf/actor_system_config.hpp>

#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace lockstep;
using namespace std::chrono_literals;
using wall = std::chrono::steady_clock;

namespace {

constexpr int workers = 10'000;
constexpr int callers = 4;
constexpr auto between_crashes = 5ms; // 200 a second

using member_actor = caf::typed_actor<
    // Answers {key, incarnation, number}.
    caf::result<term>(atoms::where, std::int64_t),
    // Crashes.
    caf::result<void>(atoms::check)>;

/// What is known of a key besides what its workers say.
struct member {
  std::atomic<int> started{0};
  std::atomic<int> alive{0};
  std::mutex mutex;
  caf::weak_actor_ptr current;
};

/// What went wrong, besides the calls that may fail.
struct wrongs {
  std::atomic<int> answers{0};
  std::atomic<int> twins{0};
  std::atomic<int> errors{0};
  std::mutex mutex;
  std::string example;

  void add(std::atomic<int>& what, const std::string& text) {
    ++what;
    std::lock_guard guard{mutex};
    if (example.empty())
      example = text;
  }
};

std::array<member, workers> members;
wrongs wrong;

struct member_state {
  static constexpr const char* name = "soak.member";

  member_state(member_actor::pointer self_ptr, int key_given) : self(self_ptr), key(key_given) {
    auto& me = members[key];
    incarnation = ++me.started;
    if (++me.alive != 1)
      wrong.add(wrong.twins, "two workers of " + std::to_string(key));
    std::lock_guard guard{me.mutex};
    me.current = caf::actor_cast<caf::weak_actor_ptr>(self);
  }
  ~member_state() { --members[key].alive; }

  member_actor::behavior_type make_behavior() {
    // Without a word; CAF would print each.
    self->set_exception_handler(
        [](std::exception_ptr&) { return caf::make_error(caf::sec::runtime_error); });
    return {
        [this](atoms::where, std::int64_t number) {
          return term::tuple({key, incarnation, number});
        },
        [](atoms::check) { throw std::runtime_error{"crashed on purpose"}; },
    };
  }

  member_actor::pointer self;
  int key;
  int incarnation;
};

struct tally {
  std::atomic<std::uint64_t> answered{0};
  std::atomic<std::uint64_t> failed{0};
};

/// Some keys much more often than others, so that some become idle and others are called while they
/// crash.
int draw_key(std::mt19937_64& chance) {
  const auto drawn = std::uniform_real_distribution{0.0, 1.0}(chance);
  return static_cast<int>(drawn * drawn * drawn * workers);
}

void call_one(const fleet<member_actor>& members_of, int key, std::int64_t number, tally& calls) {
  const auto before = members[key].started.load();
  auto answer = members_of.call(key, atoms::where_v, number);
  if (!answer) {
    ++calls.failed;
    if (answer.error().code != ec::unavailable)
      wrong.add(wrong.errors, answer.error().message);
    return;
  }
  ++calls.answered;
  const auto parts = answer->elements();
  const auto* incarnation = parts[1].as_integer();
  if (parts[0] != term{key} || parts[2] != term{number} || *incarnation < before
      || *incarnation > members[key].started)
    wrong.add(wrong.answers, "a wrong answer from the worker of " + std::to_string(key));
}

void crash_one(const fleet<member_actor>& members_of, int key, bool kill) {
  if (!kill) {
    (void)members_of.with({.absent = if_absent::refuse}).cast(key, atoms::check_v);
    return;
  }
  std::lock_guard guard{members[key].mutex};
  if (auto worker = members[key].current.lock())
    compat::ask_to_exit(worker, caf::exit_reason::kill);
}

/// In MiB.
double resident_set() {
  std::ifstream file{"/proc/self/statm"};
  double all = 0;
  double resident = 0;
  file >> all >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1024 * 1024);
}

std::chrono::seconds asked_time() {
  const char* text = std::getenv("LOCKSTEP_SOAK");
  return std::chrono::seconds{text == nullptr ? 5 : std::stoi(text)};
}

constexpr bool sanitized =
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    true;
#else
    false;
#endif

int soak(caf::actor_system& system) {
  const auto time = asked_time();
  std::atomic<int> parked{0};
  fleet_options options;
  options.name = "soak";
  options.idle_timeout = std::max<duration>(2s, time / 6);
  options.budget.max_restarts = 100; // chance may hit one worker often
  options.calls.timeout = 60s;
  options.report = [&](const failure& what) { parked += what.code == ec::child_parked ? 1 : 0; };
  auto started = fleet<member_actor>::start(system, std::move(options),
                                            [](caf::actor_system& where, const term& key) {
                                              return compat::spawn<member_actor, member_state>(
                                                  where, static_cast<int>(*key.as_integer()));
                                            });
  if (!started) {
    std::cerr << started.error().message << '\n';
    return 1;
  }
  auto& all = *started;
  tally calls;
  for (int key = 0; key < workers; ++key)
    call_one(all, key, 0, calls);

  std::atomic<bool> over{false};
  std::vector<std::thread> threads;
  for (int caller = 0; caller < callers; ++caller)
    threads.emplace_back([&, caller] {
      std::mt19937_64 chance{static_cast<std::uint64_t>(caller)};
      for (std::int64_t number = 0; !over; ++number)
        call_one(all, draw_key(chance), number, calls);
    });
  int crashes = 0;
  std::mt19937_64 chance{42};
  double warm = 0;
  std::size_t fewest = workers;
  const auto begin = wall::now();
  for (auto next = begin; next < begin + time; next += between_crashes) {
    std::this_thread::sleep_until(next);
    crash_one(all, draw_key(chance), crashes % 2 == 0);
    ++crashes;
    if (warm == 0 && wall::now() > begin + time / 4)
      warm = resident_set();
    fewest = std::min(fewest, all.count());
  }
  over = true;
  for (auto& one : threads)
    one.join();
  const auto seconds = std::chrono::duration<double>(wall::now() - begin).count();
  const auto in_the_end = resident_set();
  const auto broadcast = all.broadcast(atoms::check_v);
  all.stop();

  std::uint64_t starts = 0;
  int left = 0;
  for (const auto& one : members) {
    starts += one.started;
    left += one.alive;
  }
  std::cout << "seconds " << seconds << "\ncalls answered " << calls.answered << " ("
            << static_cast<double>(calls.answered) / seconds << " a second)\ncalls failed "
            << calls.failed << "\ncrashes " << crashes << ", and " << broadcast
            << " by broadcast\nworkers started " << starts << ", fewest at once " << fewest
            << "\nparked " << parked << "\nresident MiB warm " << warm << ", in the end "
            << in_the_end << "\nwrong answers " << wrong.answers << ", twins " << wrong.twins
            << ", wrong errors " << wrong.errors << "\nnames left " << all.count()
            << ", workers left " << left << '\n';
  if (!wrong.example.empty())
    std::cout << "for example: " << wrong.example << '\n';
  const auto flat = sanitized || in_the_end < warm * 1.25 + 16;
  const auto right = wrong.answers == 0 && wrong.twins == 0 && wrong.errors == 0;
  return right && flat && all.count() == 0 && left == 0 && calls.answered > 0 ? 0 : 1;
}

} // namespace

int main() {
  make_types_known();
  caf::actor_system_config config;
  caf::actor_system system{config};
  return soak(system);
}
