#pragma once

#include "persistence/change.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace lockstep::test {

/// A point in time that many seconds after a fixed one.
inline timestamp at_second(std::int64_t seconds) {
  return timestamp{std::chrono::sys_days{std::chrono::year{2024} / 3 / 1}}
         + std::chrono::seconds{seconds};
}

inline put_instance put(term identifier, std::string specification = "Order",
                        std::string state = "") {
  put_instance change;
  change.head.specification = std::move(specification);
  change.head.identifier = std::move(identifier);
  change.head.meta = atom{"nil"};
  change.head.current_state = std::move(state);
  change.head.last_step_at = at_second(0);
  return change;
}

inline append_step append(term identifier, std::uint64_t number, std::string action, std::string to,
                          verdict outcome = verdict::conforms) {
  append_step change;
  change.identifier = std::move(identifier);
  change.number = number;
  change.step = {std::move(action), std::move(to), at_second(static_cast<std::int64_t>(number)),
                 outcome};
  change.recorded_at = change.step.at;
  return change;
}

} // namespace lockstep::test
