#pragma once

#include <string>
#include <string_view>

namespace lockstep {

/// A text as it is written into Mermaid labels: each character that Mermaid or Markdown could take
/// for syntax becomes an entity, `#NN;`, so different texts never look the same. Underscores stay,
/// though Markdown may take them for emphasis. Bytes that are no UTF-8 become U+FFFD.
[[nodiscard]] std::string mermaid_escaped(std::string_view text);

} // namespace lockstep
