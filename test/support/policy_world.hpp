#pragma once

#include "test/support/shard_world.hpp"

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace lockstep::test {

/// One shard of orders that may be late after half a minute, and whose errors callbacks hear.
struct policy_world : shard_world {
  shard_actor shard;
  /// What callbacks heard: the error, the call, and the caller.
  std::vector<std::pair<ec, caller>> heard;
  bool callbacks_throw = false;

  /// Of orders, from the next `start` on.
  specification_options options;

  policy_world() {
    options.transition_timeout = std::chrono::seconds{30};
    options.policy.callback = callback();
    policy.callback = callback();
  }

  error_callback callback() {
    return [this](const failure& error, const caller& who) {
      heard.emplace_back(error.code, who);
      if (callbacks_throw)
        throw std::runtime_error("no pager today");
    };
  }

  void start(shard_options how = {}) {
    configure(options);
    shard = spawn(1, std::move(how));
    run();
  }

  auto init(const term& identifier) {
    return ask<receipt>(shard, atoms::initialise_v, initialisation_of(identifier));
  }
  auto step(const term& identifier, const std::string& action, const std::string& to) {
    return ask<receipt>(shard, atoms::step_v, step_of(identifier, action, to));
  }
  auto get(const term& identifier) { return ask<instance>(shard, atoms::get_v, identifier); }

  ~policy_world() {
    kill(shard);
    run();
  }
};

} // namespace lockstep::test
