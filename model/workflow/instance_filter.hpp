#pragma once

#include "model/time.hpp"
#include "model/workflow/instance.hpp"

#include <string>

namespace lockstep {

/// Which instances a call is about; without anything set, all of them.
struct instance_filter {
  /// Empty: any.
  std::string specification{};
  /// The current state. Empty: any.
  std::string state{};
  /// At least so long without a step. A mocked instance that made no step yet is never idle.
  /// Nothing: any.
  time_limit idle_for{};

  friend bool operator==(const instance_filter&, const instance_filter&) = default;
};

[[nodiscard]] bool matches(const instance_filter& filter, const instance_head& instance,
                           timestamp now);

} // namespace lockstep
