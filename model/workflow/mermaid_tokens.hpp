#pragma once

#include "model/failure.hpp"
#include "model/workflow/line_cursor.hpp"
#include "model/workflow/source_position.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace lockstep {

/// A text of a diagram, entities decoded, and where it begins.
struct drawn_text {
  std::string text;
  source_position at;
};

/// What the name of a class comes after.
inline constexpr std::string_view class_mark = ":::";

/// The identifier that a text begins with; may be empty.
[[nodiscard]] std::string_view identifier_at(std::string_view text);

/// Whether a text begins with a word, which is in small letters, in any case.
[[nodiscard]] bool starts_with_word(std::string_view text, std::string_view word);

/// The rest of a line as a text that is shown.
/// @param what What is missing if there is none, e.g. "an action".
/// @returns `invalid_specification` with a position if Mermaid would not show the text as written.
[[nodiscard]] result<drawn_text> take_text(line_cursor at, std::string_view source,
                                           std::string_view what);

/// The bytes from `begin` to `end` of the rest of a line.
[[nodiscard]] line_cursor inside(const line_cursor& at, std::size_t begin, std::size_t end);

/// So many bytes to the right.
[[nodiscard]] source_position after(source_position at, std::size_t bytes);

/// How a message ends that says what was expected.
[[nodiscard]] std::string found(const line_cursor& at);

} // namespace lockstep
