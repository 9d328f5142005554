#pragma once

#include "actors/caf_compat.hpp"
#include "actors/errors.hpp"
#include "actors/instance_manager.hpp"
#include "bench/load/measurement.hpp"
#include "bench/load/workload.hpp"
#include "bench/support/must.hpp"

#include <caf/event_based_actor.hpp>

#include <chrono>
#include <cstddef>
#include <latch>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace lockstep::bench {

/// Threads that call the handle and wait for each answer.
[[nodiscard]] load requesting_threads(const instance_manager& manager, workload& work,
                                      std::size_t clients);

/// Threads that send lists through the handle and wait for each answer.
[[nodiscard]] load batching_threads(const instance_manager& manager, workload& work,
                                    std::size_t clients, std::size_t list);

/// Starts a thread for each client, which calls `body(tally, share, window)`.
[[nodiscard]] load
client_threads(workload& work, std::size_t clients,
               std::function<void(tally& seen, share& mine, const window& when)> body);

/// How actors ask.
struct asking {
  /// Requests on their way, of each actor.
  std::size_t width = 1;
  /// Of each request; 0: none.
  std::chrono::seconds timeout{0};
};

/// An actor that keeps requests on their way until the window ends. `Target` asks:
/// `target.ask(self, timeout, instance, step)` sends a request whose answer is a receipt.
template <class Target>
class asking_actor {
public:
  asking_actor(caf::event_based_actor* self, share mine, Target target, asking how,
               const window& when, tally& seen, std::latch& done)
      : self_(self),
        mine_(mine),
        target_(std::move(target)),
        how_(how),
        when_(when),
        seen_(&seen),
        done_(&done) {}

  void start() {
    for (std::size_t i = 0; i < how_.width; ++i)
      ask();
  }

private:
  void ask() {
    const auto instance = mine_.next();
    ++under_way_;
    const auto sent = bench_clock::now();
    const caf::timespan timeout =
        how_.timeout.count() == 0 ? caf::infinite : caf::timespan{how_.timeout};
    target_.ask(self_, timeout, instance, mine_.all().next_step(instance))
        .then(
            [this, sent](const receipt& recorded) {
              if (recorded.outcome != verdict::conforms)
                seen_->error = "a step of the load does not conform";
              answered(sent);
            },
            [this, sent](const caf::error& reason) {
              seen_->error = to_failure(reason).message;
              answered(sent);
            });
  }

  void answered(bench_clock::time_point sent) {
    const auto now = bench_clock::now();
    --under_way_;
    seen_->answered(sent, now, when_);
    if (now < when_.until && seen_->error.empty())
      return ask();
    if (under_way_ == 0) {
      self_->quit();
      done_->count_down();
    }
  }

  caf::event_based_actor* self_;
  share mine_;
  Target target_;
  asking how_;
  window when_;
  std::size_t under_way_ = 0;
  tally* seen_;
  std::latch* done_;
};

template <class Target>
load asking_actors(caf::actor_system& system, workload& work, std::size_t clients, asking how,
                   Target target) {
  return [&system, &work, clients, how, target](const window& when) -> std::function<tally()> {
    struct shared {
      explicit shared(std::size_t count) : seen(count), done(static_cast<std::ptrdiff_t>(count)) {}
      std::vector<tally> seen;
      std::latch done;
    };
    auto all = std::make_shared<shared>(clients);
    for (std::size_t client = 0; client < clients; ++client)
      system.spawn([&work, client, clients, how, target, when,
                    all](caf::event_based_actor* self) -> caf::behavior {
        auto state = std::make_shared<asking_actor<Target>>(
            self, share{work, client, clients}, target, how, when, all->seen[client], all->done);
        state->start();
        return {[state, all](caf::unit_t) {}};
      });
    return [all] {
      all->done.wait();
      tally sum;
      for (const auto& one : all->seen)
        sum.add(one);
      return sum;
    };
  };
}

/// Asks the shard in charge without a detour.
struct shard_target {
  instance_manager manager;
  auto ask(caf::event_based_actor* self, caf::timespan timeout, std::size_t,
           step_report step) const {
    auto [shard, place] = must(manager.enter_shard(step.identifier));
    return compat::request(self, shard, timeout, atoms::step_v, std::move(step), std::move(place));
  }
};

/// Asks the actor that stands for all shards.
struct manager_target {
  instance_manager_actor manager;
  auto ask(caf::event_based_actor* self, caf::timespan timeout, std::size_t,
           step_report step) const {
    return compat::request(self, manager, timeout, atoms::step_v, std::move(step));
  }
};

} // namespace lockstep::bench
