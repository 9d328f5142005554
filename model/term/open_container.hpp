#pragma once

#include "model/term/term.hpp"

#include <cstddef>
#include <vector>

namespace lockstep {

/// A tuple, list or map that a reader has seen the beginning of.
///
/// Readers keep these on a stack of their own instead of recursing, so that no input can exhaust
/// the thread's stack; they refuse to open more than `term::max_depth`. Internal to `model/term/`.
struct open_container {
  enum class shape : std::uint8_t { tuple, list, map };

  shape type;
  /// What was read so far. Of a map: keys and values in turn. With a tail, that is the last one.
  std::vector<term> items;
  /// Whether the last of `items` is, or will be, what follows the elements of a list.
  bool has_tail = false;
  /// How many items are still to come, for formats that say so at the beginning.
  std::size_t remaining = 0;

  /// The finished term; the items are taken out.
  [[nodiscard]] term close();
};

} // namespace lockstep
