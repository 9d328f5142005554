#pragma once

#include "model/failure.hpp"
#include "model/workflow/mermaid_tokens.hpp"
#include "model/workflow/source_position.hpp"
#include "model/workflow/specification_settings.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

struct drawn_state {
  /// Where it is mentioned first.
  drawn_text identifier;
  std::optional<drawn_text> description;
};

/// An end of an arrow.
struct arrow_end {
  /// An index of `drawn_diagram::states`; nothing for `[*]`.
  std::optional<std::size_t> state;
  source_position at;
};

struct drawn_arrow {
  arrow_end from;
  arrow_end to;
  std::optional<drawn_text> label;
};

/// What a Mermaid state diagram shows, before anything is made of it.
struct drawn_diagram {
  /// The `title` of the front matter, as it is written there.
  std::optional<drawn_text> title;
  /// From comments and notes.
  std::vector<setting_line> settings;
  /// In order of their first mention.
  std::vector<drawn_state> states;
  std::vector<drawn_arrow> arrows;
  /// The line of the header.
  std::size_t begin = 1;
  /// The last line.
  source_position end;
};

/// Reads the syntax that `read_specification_mermaid` describes.
/// @param first_line The number of the text's first line.
/// @returns `invalid_specification` with a position.
[[nodiscard]] result<drawn_diagram>
parse_state_diagram(std::string_view text, std::string_view source, std::size_t first_line = 1);

} // namespace lockstep
