#pragma once

#include "app/comparison/recorded_pair.hpp"
#include "app/input/line_source.hpp"
#include "model/failure.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>

namespace lockstep {

/// Longest line of a file of pairs.
inline constexpr std::size_t max_pair_bytes = std::size_t{16} << 20U;

/// A pair whose verdict is another one than was recorded.
struct failed_pair {
  std::uint64_t line = 0;
  recorded_pair pair;
  label_table labels;
};

struct pair_counts {
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;
};

/// Compares the pairs of an input, one a line, with the verdicts that were recorded with them
/// (see `parse_recorded_pair`). Empty lines are skipped. Holds one pair at a time.
/// @param on_failure Called for each pair that fails, in the order of the input.
/// @param on_progress Called after each pair with the counts so far.
/// @returns `invalid_input` with a message that begins with `FILE:LINE: ` at the first line that is
///          no pair or longer than the source's limit.
[[nodiscard]] result<pair_counts>
check_pairs(line_source& input, const std::function<void(failed_pair)>& on_failure,
            const std::function<void(const pair_counts&)>& on_progress);

} // namespace lockstep
