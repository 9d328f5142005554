#pragma once

#include <cstdint>
#include <filesystem>

namespace lockstep::bench {

/// Processor time of a step in microseconds, through the books of a shard with a durable store, of
/// instances whose history has about so many steps already.
struct history_cost {
  double short_us = 0;
  double long_us = 0;
};

inline constexpr std::uint64_t short_history = 10;
inline constexpr std::uint64_t long_history = 10'000;

/// Takes some seconds, for the long histories are made first. @param parent See `disk_folder`.
[[nodiscard]] history_cost measure_history(const std::filesystem::path& parent);

/// Nanoseconds that `phash2` takes for a binary of 36 bytes.
[[nodiscard]] double measure_hash();

} // namespace lockstep::bench
