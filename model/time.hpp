#pragma once

#include "model/failure.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep {

/// A span of time, in microseconds.
using duration = std::chrono::microseconds;

/// A point in time: microseconds since 1970-01-01 00:00 UTC.
using timestamp = std::chrono::sys_time<duration>;

/// A time limit; nothing stands for `infinity`.
using time_limit = std::optional<duration>;

/// Reads a duration: a whole number and a unit without a blank between them (`us`, `ms`, `s`, `min`
/// or `m`, `h`, `d`), or `infinity`.
/// @returns `invalid_configuration` for anything else, also for more than 2^63 - 1 microseconds.
[[nodiscard]] result<time_limit> parse_time_limit(std::string_view text);

/// Writes a duration the way `parse_time_limit` reads it, in the largest unit that divides it; no
/// time at all is `0s`.
[[nodiscard]] std::string to_string(time_limit limit);

/// ISO 8601 in UTC with six decimals, e.g. `2017-05-16T00:00:04.500000Z`. A year of more than four
/// digits, or one before the year 0, has a sign.
[[nodiscard]] std::string to_string(timestamp at);

} // namespace lockstep
