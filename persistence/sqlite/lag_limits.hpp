#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace lockstep::sqlite {

/// How far rows of instances may fall behind their steps, see `lagging_rows`. The steps that a
/// store reads when it is opened are about twice as many at most, and those of its last batches.
struct lag_limits {
  /// More rows that lag than these begin a sweep …
  std::size_t rows = 8'192;
  /// … and more steps since the last one.
  std::int64_t steps = 16'384;
  /// At least so many rows are written with a batch while a sweep is on.
  std::size_t slice = 64;

  /// For each of so many shards, so that what a node keeps and reads in all does not grow with
  /// them.
  static constexpr lag_limits of_each(std::uint32_t shards) {
    const auto rows = std::clamp<std::size_t>(65'536 / shards, 512, 8'192);
    return {rows, static_cast<std::int64_t>(2 * rows), 64};
  }
};

} // namespace lockstep::sqlite
