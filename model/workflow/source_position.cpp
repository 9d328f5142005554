#include "model/workflow/source_position.hpp"

#include <algorithm>
#include <cstdint>

namespace lockstep {

std::string describe(std::string_view source, source_position at) {
  return std::string(source) + ", line " + std::to_string(at.line) + ", column "
         + std::to_string(at.column);
}

tl::unexpected<failure> refuse_at(std::string_view source, source_position at,
                                  const std::string& reason) {
  return fail(ec::invalid_specification, describe(source, at) + ": " + reason,
              {{"file", term(source)},
               {"line", term(static_cast<std::int64_t>(at.line))},
               {"column", term(static_cast<std::int64_t>(at.column))}});
}

line_index::line_index(std::string_view text) : starts_{0}, size_(text.size()) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n')
      starts_.push_back(i + 1);
  }
}

source_position line_index::of(std::size_t offset) const {
  offset = std::min(offset, size_);
  const auto after = std::ranges::upper_bound(starts_, offset);
  const auto line = static_cast<std::size_t>(after - starts_.begin());
  return {line, offset - starts_[line - 1] + 1};
}

} // namespace lockstep
