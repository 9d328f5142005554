#pragma once

#include "model/failure.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// A place in a text: line and column from 1, the column in bytes.
struct source_position {
  std::size_t line = 1;
  std::size_t column = 1;

  friend bool operator==(const source_position&, const source_position&) = default;
  friend auto operator<=>(const source_position&, const source_position&) = default;
};

/// How messages name a place: `SOURCE, line L, column C`.
[[nodiscard]] std::string describe(std::string_view source, source_position at);

/// An `invalid_specification` with the place before the reason, also as context `file`, `line`,
/// `column`.
[[nodiscard]] tl::unexpected<failure> refuse_at(std::string_view source, source_position at,
                                                const std::string& reason);

/// Finds lines and columns of a text's bytes: linear to build, then logarithmic.
class line_index {
public:
  explicit line_index(std::string_view text);

  /// An offset beyond the end is the end.
  [[nodiscard]] source_position of(std::size_t offset) const;

private:
  std::vector<std::size_t> starts_;
  std::size_t size_;
};

} // namespace lockstep
