#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep {

/// One line on standard error that tells how far a long work is: only on a terminal, at most ten
/// times a second, wiped when the work is done.
class progress_line {
public:
  /// @param unit What is counted, e.g. "events".
  explicit progress_line(std::string_view unit);
  ~progress_line();
  progress_line(const progress_line&) = delete;
  progress_line& operator=(const progress_line&) = delete;

  /// @param done So far. @param fraction Of the whole, 0 to 1, if that is known.
  void show(std::uint64_t done, std::optional<double> fraction);

private:
  using clock = std::chrono::steady_clock;

  std::string unit_;
  bool enabled_;
  bool visible_ = false;
  clock::time_point start_ = clock::now();
  clock::time_point last_{};
};

} // namespace lockstep
