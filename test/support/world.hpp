#pragma once

#include "actors/caf_compat.hpp"
#include "actors/errors.hpp"
#include "actors/types.hpp"
#include "model/failure.hpp"
#include "model/time.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <catch2/catch_test_macros.hpp>

namespace lockstep::test {

/// An answer that comes, or does not come, when the world runs.
template <class T>
using future_answer = std::shared_ptr<std::optional<result<T>>>;

/// An actor system on CAF's deterministic scheduler: nothing happens but in `run` and `advance`,
/// on one thread, in the same order each time. Time stands still but in `advance`,
/// and in `spend` for those who ask `now`.
class world {
public:
  world() : system_(config_) {}

  [[nodiscard]] caf::actor_system& system() { return system_; }

  /// Lets everything that has a message handle it, without letting time pass.
  void run() { scheduler().run(); }

  /// Lets at most so many actors handle something.
  void run(std::size_t turns) { scheduler().run(turns); }

  /// Lets time pass, and everything happen that waits for it.
  void advance(duration time) {
    run();
    now_ += time;
    scheduler().advance_time(time);
    run();
  }

  /// Lets time pass, so that what waits for it is sent, and nothing handle it yet.
  void advance_unhandled(duration time) {
    now_ += time;
    scheduler().advance_time(time);
  }

  /// What is being done takes so long.
  void spend(duration time) { now_ += time; }

  /// Has the next message handled while it is being sent, for a thread that then waits for the
  /// answer.
  void answer_next_at_once() { scheduler().inline_next_enqueue(); }

  [[nodiscard]] timestamp now() const { return now_; }

  /// Sends a request without running the world.
  template <class T, class Handle, class... Ts>
  future_answer<T> ask_later(const Handle& receiver, Ts... content) {
    auto answer = std::make_shared<std::optional<result<T>>>();
    system_.spawn([answer, receiver, content...](caf::event_based_actor* self) {
      auto failed = [answer](const caf::error& reason) {
        answer->emplace(tl::unexpected(to_failure(reason)));
      };
      auto sent = compat::request(self, receiver, std::chrono::hours{24}, content...);
      if constexpr (std::is_void_v<T>)
        std::move(sent).then([answer] { answer->emplace(); }, failed);
      else
        std::move(sent).then([answer](T& value) { answer->emplace(std::move(value)); }, failed);
    });
    return answer;
  }

  /// Sends a request, runs the world, and returns the answer.
  template <class T, class Handle, class... Ts>
  result<T> ask(const Handle& receiver, Ts... content) {
    auto answer = ask_later<T>(receiver, std::move(content)...);
    run();
    REQUIRE(answer->has_value());
    return std::move(**answer);
  }

  /// Ends an actor as a crash does: without a chance to say goodbye.
  template <class Handle>
  void kill(const Handle& actor) {
    compat::ask_to_exit(caf::actor_cast<caf::strong_actor_ptr>(actor), caf::exit_reason::kill);
  }

private:
  struct deterministic_config : caf::actor_system_config {
    deterministic_config() {
      make_types_known();
      set("caf.scheduler.policy", "testing");
    }
  };

  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
  }

  deterministic_config config_;
  caf::actor_system system_;
  timestamp now_{std::chrono::hours{24 * 365 * 50}};
};

} // namespace lockstep::test
