#pragma once

#include <cstddef>
#include <cstdint>

namespace lockstep::sqlite {

/// How far rows of instances may fall behind their steps, see `lagging_rows`. What a store reads
/// when it is opened grows with it: about twice as many steps at most.
struct lag_limits {
  /// More rows that lag than these begin a sweep …
  std::size_t rows = 8'192;
  /// … and more steps since the last one.
  std::int64_t steps = 32'768;
  /// At least so many rows are written with a batch while a sweep is on.
  std::size_t slice = 64;
};

} // namespace lockstep::sqlite
