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

/// How long a call takes in microseconds: the median of some repetitions, so that the noise of the
/// machine is not taken for a property of the input. Short calls are timed several at a time.
template <class Call>
double typical_microseconds(Call call, std::size_t repetitions = 31, std::size_t at_a_time = 8) {
  std::vector<double> times;
  for (std::size_t i = 0; i < repetitions; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    for (std::size_t j = 0; j < at_a_time; ++j)
      call();
    const std::chrono::duration<double, std::micro> taken =
        std::chrono::steady_clock::now() - begin;
    times.push_back(taken.count() / static_cast<double>(at_a_time));
  }
  return percentile(std::move(times), 0.5);
}

} // namespace lockstep::bench
