#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

namespace lockstep::bench {

/// The value that a share of the others does not exceed. @pre Not empty.
inline double percentile(std::vector<double> values, double share) {
  std::ranges::sort(values);
  const auto last = values.size() - 1;
  return values[std::min(last, static_cast<std::size_t>(share * static_cast<double>(last) + 0.5))];
}

/// How long a call takes in microseconds, some times over. Short calls are timed several at a time.
template <class Call>
std::vector<double> time_microseconds(Call call, std::size_t repetitions, std::size_t at_a_time) {
  std::vector<double> times;
  for (std::size_t i = 0; i < repetitions; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    for (std::size_t j = 0; j < at_a_time; ++j)
      call();
    const std::chrono::duration<double, std::micro> taken =
        std::chrono::steady_clock::now() - begin;
    times.push_back(taken.count() / static_cast<double>(at_a_time));
  }
  return times;
}

/// The median, so that the noise of the machine is not taken for a property of the input.
template <class Call>
double typical_microseconds(Call call, std::size_t repetitions = 31, std::size_t at_a_time = 8) {
  return percentile(time_microseconds(call, repetitions, at_a_time), 0.5);
}

/// The shortest: of a computation that always does the same, whatever is longer is the machine's.
template <class Call>
double shortest_microseconds(Call call, std::size_t repetitions = 31, std::size_t at_a_time = 8) {
  return std::ranges::min(time_microseconds(call, repetitions, at_a_time));
}

} // namespace lockstep::bench
