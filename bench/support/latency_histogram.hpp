#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace lockstep::bench {

/// Durations in buckets whose width is at most 1/32 of their value, up to 18 minutes: so much of a
/// percentile is a guess. Costs nothing to fill and can be added up over threads.
class latency_histogram {
public:
  void add(std::chrono::nanoseconds taken) noexcept {
    ++counts_[bucket_of(static_cast<std::uint64_t>(std::max<std::int64_t>(taken.count(), 0)))];
    ++total_;
  }

  void add(const latency_histogram& other) noexcept {
    for (std::size_t i = 0; i < counts_.size(); ++i)
      counts_[i] += other.counts_[i];
    total_ += other.total_;
  }

  [[nodiscard]] std::uint64_t total() const noexcept { return total_; }

  /// The duration in microseconds that a share of all does not exceed; 0 without any.
  [[nodiscard]] double percentile(double share) const noexcept {
    const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(total_));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen > wanted || (seen == total_ && seen > 0))
        return static_cast<double>(upper_end_of(i)) / 1'000.0;
    }
    return 0;
  }

private:
  static constexpr std::uint64_t fine = 32;
  static constexpr int fine_bits = 5;
  static constexpr int largest_bits = 40;

  static std::size_t bucket_of(std::uint64_t ns) noexcept {
    if (ns < fine)
      return ns;
    const auto power = std::min<int>(static_cast<int>(std::bit_width(ns)) - 1, largest_bits - 1);
    const auto shift = power - fine_bits;
    const auto within = std::min(ns >> shift, 2 * fine - 1) - fine;
    return static_cast<std::size_t>(static_cast<std::uint64_t>(shift + 1) * fine + within);
  }

  static std::uint64_t upper_end_of(std::size_t bucket) noexcept {
    if (bucket < fine)
      return bucket;
    const auto shift = bucket / fine - 1;
    return ((bucket % fine + fine + 1) << shift) - 1;
  }

  std::array<std::uint64_t, (largest_bits - fine_bits + 1) * fine> counts_{};
  std::uint64_t total_ = 0;
};

} // namespace lockstep::bench
