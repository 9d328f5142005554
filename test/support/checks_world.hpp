#pragma once

#include "actors/checker.hpp"
#include "test/support/shard_world.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <caf/typed_response_promise.hpp>

namespace lockstep::test {

/// A shard for whose models every check is too large, and a checker that takes its time.
struct checks_world : shard_world {
  static constexpr auto check_time = std::chrono::seconds{10};

  checker_actor checker;
  /// What the checker was asked.
  std::vector<question> asked;
  shard_actor shard;

  checks_world() {
    max_inline_transitions = 0;
    checker = spawn_slow_checker();
  }

  ~checks_world() {
    kill(checker);
    kill(shard);
    run();
  }

  /// Answers after `check_time`; unless it ends before, which breaks the promise.
  checker_actor spawn_slow_checker() {
    using promises = std::vector<caf::typed_response_promise<local_answer>>;
    return system().spawn([this](checker_actor::pointer self) -> checker_actor::behavior_type {
      return {[this, self, open = std::make_shared<promises>()](atoms::check,
                                                                const local_question& about) {
        asked.push_back(*about.value);
        auto to = self->make_response_promise<local_answer>();
        open->push_back(to);
        self->run_delayed(
            check_time, [mine = std::weak_ptr(open), index = open->size() - 1, about] {
              if (auto still = mine.lock())
                (*still)[index].deliver(
                    local_answer{std::make_shared<const answer>(answer_to(*about.value))});
            });
        return to;
      }};
    });
  }

  shard_options with_checker(shard_options options = {}) {
    options.find_checker = [this] { return checker; };
    return options;
  }

  void start(shard_options options = {}) {
    shard = spawn(1, with_checker(std::move(options)));
    run();
  }

  auto init(const term& identifier) {
    return ask<receipt>(shard, atoms::initialise_v, initialisation_of(identifier));
  }
  auto step(const term& identifier, const std::string& action, const std::string& to) {
    return ask<receipt>(shard, atoms::step_v, step_of(identifier, action, to));
  }
  auto step_later(const term& identifier, const std::string& action, const std::string& to) {
    return ask_later<receipt>(shard, atoms::step_v, step_of(identifier, action, to));
  }
  auto get(const term& identifier) { return ask<instance>(shard, atoms::get_v, identifier); }
};

} // namespace lockstep::test
