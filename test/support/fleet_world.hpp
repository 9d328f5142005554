#pragma once

#include "actors/fleet/fleet.hpp"
#include "model/term/term_text.hpp"
#include "test/support/world.hpp"

#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace lockstep::test {

using counter_actor = caf::typed_actor<
    // How many numbers it was given.
    caf::result<int>(atoms::get),
    // Its key and how many workers that key has had, with it.
    caf::result<std::string>(atoms::where),
    // Writes the number down.
    caf::result<void>(atoms::write, int),
    // Answers when it is sent `resume`.
    caf::result<int>(atoms::read),
    // Answers those who wait.
    caf::result<void>(atoms::resume),
    // Ends normally.
    caf::result<void>(atoms::expire),
    // Crashes.
    caf::result<void>(atoms::check),
    // Answers with an error.
    caf::result<void>(atoms::remove)>;

/// What the workers of a test have done, by key.
struct worker_log {
  std::map<term, int> starts;
  std::map<term, std::vector<int>> numbers;
  std::map<term, int> ends;
  std::map<term, caf::weak_actor_ptr> current;
  /// How the next starts go wrong, one after the other.
  enum class trouble { none, throws, no_actor, crashes_at_once };
  std::map<term, std::vector<trouble>> troubles;
  /// Do not end when they are asked to.
  bool stubborn = false;
};

struct counter_state {
  static constexpr const char* name = "test.counter";

  counter_state(counter_actor::pointer self_ptr, std::shared_ptr<worker_log> given, term key_given,
                bool crash)
      : self(self_ptr), log(std::move(given)), key(std::move(key_given)), crashes(crash) {
    incarnation = log->starts[key];
  }
  ~counter_state() { ++log->ends[key]; }

  counter_actor::behavior_type make_behavior() {
    if (log->stubborn)
      compat::on_exit_request(self, [](const caf::error&) {});
    if (crashes)
      self->quit(caf::exit_reason::unknown);
    return {
        [this](atoms::get) { return static_cast<int>(count); },
        [this](atoms::where) { return to_text(key) + "#" + std::to_string(incarnation); },
        [this](atoms::write, int number) {
          ++count;
          log->numbers[key].push_back(number);
        },
        [this](atoms::read) {
          waiting.push_back(self->make_response_promise<int>());
          return waiting.back();
        },
        [this](atoms::resume) {
          for (auto& asked : std::exchange(waiting, {}))
            asked.deliver(static_cast<int>(count));
        },
        [this](atoms::expire) { self->quit(); },
        [](atoms::check) { throw std::runtime_error{"crashed on purpose"}; },
        [](atoms::remove) -> caf::result<void> {
          return to_error({ec::store_failure, "disk full", {}});
        },
    };
  }

  counter_actor::pointer self;
  std::shared_ptr<worker_log> log;
  term key;
  bool crashes;
  int incarnation = 0;
  std::size_t count = 0;
  std::vector<caf::typed_response_promise<int>> waiting;
};

/// A fleet of counters on the deterministic scheduler, with a clock of its own for idleness.
class fleet_world : public world {
public:
  std::shared_ptr<worker_log> log = std::make_shared<worker_log>();
  std::vector<failure> reports;
  std::optional<fleet<counter_actor>> counters;

  explicit fleet_world(fleet_options options = {}) {
    if (options.name.empty())
      options.name = "counters";
    options.now = [this] { return time_; };
    options.report = [this](const failure& what) { reports.push_back(what); };
    counters = *fleet<counter_actor>::begin_start(system(), std::move(options), maker());
    run();
  }

  ~fleet_world() {
    if (counters)
      counters->begin_stop();
    run();
    advance(std::chrono::seconds{10}); // those who do not end by themselves
    CHECK(alive() == 0);
    CHECK((!counters || counters->count() == 0));
  }

  /// What the fleet makes its workers by.
  fleet<counter_actor>::factory maker() {
    return [log = log](caf::actor_system& sys, const term& key) -> counter_actor {
      using trouble = worker_log::trouble;
      auto next = trouble::none;
      if (auto& planned = log->troubles[key]; !planned.empty()) {
        next = planned.front();
        planned.erase(planned.begin());
      }
      if (next == trouble::throws)
        throw std::runtime_error{"no counter today"};
      if (next == trouble::no_actor)
        return {};
      ++log->starts[key];
      auto counter = compat::spawn<counter_actor, counter_state>(sys, log, key,
                                                                 next == trouble::crashes_at_once);
      log->current[key] = caf::actor_cast<caf::weak_actor_ptr>(counter);
      return counter;
    };
  }

  /// How many workers a key has, by what they tell themselves.
  [[nodiscard]] int alive(const term& key) const { return log->starts[key] - log->ends[key]; }
  [[nodiscard]] int alive() const {
    int sum = 0;
    for (const auto& [key, starts] : log->starts)
      sum += starts - log->ends[key];
    return sum;
  }

  template <class... Ts>
  auto call(const term& key, Ts... content) {
    return settled(counters->begin_call(key, std::move(content)...));
  }

  /// Runs the world until the call is answered; it must be then.
  template <class T>
  result<T> settled(pending_call<T> pending) {
    run();
    return pending.wait();
  }

  /// Asks the keeper something.
  template <class T = void, class... Ts>
  result<T> tell_keeper(Ts... content) {
    return ask<T>(counters->keeper(), std::move(content)...);
  }

  /// Ends the worker of a key as a crash does, when the world runs.
  void crash_later(const term& key) {
    REQUIRE(counters->with({.absent = if_absent::refuse}).cast(key, atoms::check_v));
  }
  void crash(const term& key) {
    crash_later(key);
    run();
  }

  /// Kills the worker of a key, if there is one, when the world runs.
  void kill_worker(const term& key) {
    if (auto worker = log->current[key].lock())
      compat::ask_to_exit(worker, caf::exit_reason::kill);
  }

  /// Time passes, for the scheduler and for idleness.
  void pass(duration time) {
    time_ += time;
    advance(time);
  }
  /// For idleness alone.
  void set_forward(duration time) { time_ += time; }

private:
  std::chrono::steady_clock::time_point time_{std::chrono::hours{1}};
};

inline bool mentions(const failure& reason, const std::string& text) {
  return reason.message.find(text) != std::string::npos;
}

/// Says which fleet and which of its workers, "ada", it is about, in one line.
inline bool names_fleet_and_key(const failure& reason) {
  return mentions(reason, "fleet \"counters\"") && mentions(reason, "<<\"ada\">>")
         && !mentions(reason, "\n") && !reason.message.ends_with('.');
}

} // namespace lockstep::test
