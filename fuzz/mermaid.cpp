#include "fuzz/properties.hpp"
#include "fuzz/specification_properties.hpp"
#include "model/workflow/specification_text.hpp"

using namespace lockstep;

// Pictures, alone and in Markdown: what has no fence is no Markdown.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const auto is_markdown =
      text.find("```") != std::string_view::npos || text.find("~~~") != std::string_view::npos;
  const auto format = is_markdown ? specification_format::markdown : specification_format::mermaid;
  fuzz::demand_declared(text, read_specification(text, "s.mmd", format));
  return 0;
}
