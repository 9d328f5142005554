#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace lockstep {

/// Text of a Mermaid diagram as a reader of the picture sees it.
struct decoded_text {
  std::string text;
  /// Where a semicolon is that is no end of an entity.
  std::optional<std::size_t> semicolon;
};

/// What is wrong with a text, and where in it.
struct text_flaw {
  std::size_t offset;
  std::string reason;
};

/// Replaces entities: `#NN;` with a decimal code point and `#quot;`, `#amp;`, `#lt;`, `#gt;`,
/// `#apos;`, `#nbsp;`, `#num;`, `#colon;`, `#semi;`. A number sign without a word and a semicolon
/// after it stands for itself.
/// @returns The first entity that is none of these.
[[nodiscard]] tl::expected<decoded_text, text_flaw> decode_entities(std::string_view text);

} // namespace lockstep
