#include "model/workflow/specification_text.hpp"

#include "model/workflow/ascii_text.hpp"
#include "model/workflow/line_cursor.hpp"
#include "model/workflow/mermaid_reader.hpp"
#include "model/workflow/mermaid_tokens.hpp"
#include "model/workflow/specification_json.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace lockstep {

namespace {

constexpr std::array<std::pair<std::string_view, specification_format>, 5> extensions{{
    {".json", specification_format::json},
    {".mmd", specification_format::mermaid},
    {".mermaid", specification_format::mermaid},
    {".md", specification_format::markdown},
    {".markdown", specification_format::markdown},
}};

/// The line before or after a fenced block of Markdown.
struct fence {
  char mark;
  std::size_t size;
  std::string_view info;
};

std::optional<fence> fence_of(std::string_view line) {
  line = trimmed(line);
  if (line.empty() || (line.front() != '`' && line.front() != '~'))
    return std::nullopt;
  const auto size = std::min(line.find_first_not_of(line.front()), line.size());
  const auto info = trimmed(line.substr(size));
  if (size < 3 || (line.front() == '`' && info.find('`') != std::string_view::npos))
    return std::nullopt;
  return fence{line.front(), size, info};
}

bool closes(const fence& end, const fence& begin) {
  return end.mark == begin.mark && end.size >= begin.size && end.info.empty();
}

bool is_mermaid(const fence& begin) {
  const auto word = lower(begin.info.substr(0, begin.info.find_first_of(" \t")));
  return word == "mermaid" || word == "{mermaid}";
}

/// Whether a Mermaid diagram begins like a state diagram.
bool is_state_diagram(std::string_view text) {
  line_reader lines(text);
  bool is_front_matter = false;
  bool is_directive = false;
  while (const auto line = lines.next()) {
    const auto said = trimmed(*line);
    const bool begins_directive = !is_front_matter && said.starts_with("%%{");
    if (is_directive || begins_directive)
      is_directive = said.find("}%%") == std::string_view::npos;
    else if (said == "---")
      is_front_matter = !is_front_matter;
    else if (!is_front_matter && !said.empty() && !said.starts_with("%%"))
      return starts_with_word(said, "statediagram");
  }
  return false;
}

result<declared_specification> read_markdown(std::string_view text, std::string_view source) {
  line_reader lines(text);
  while (const auto line = lines.next()) {
    const auto begin = fence_of(*line);
    if (!begin)
      continue;
    const auto first_line = lines.number() + 1;
    const auto offset = lines.offset();
    auto end = text.size();
    for (auto before = offset; const auto inside = lines.next(); before = lines.offset()) {
      if (const auto other = fence_of(*inside); other && closes(*other, *begin)) {
        end = before;
        break;
      }
    }
    const auto block = text.substr(offset, end - offset);
    if (is_mermaid(*begin) && is_state_diagram(block))
      return read_specification_mermaid(block, source, first_line);
  }
  return refuse_at(source, {},
                   "there is no fenced block of mermaid with a stateDiagram-v2; add one or name "
                   "another file");
}

} // namespace

std::optional<specification_format> format_of(std::string_view extension) {
  const auto wanted = lower(extension);
  const auto found = std::ranges::find_if(
      extensions, [&](const auto& candidate) { return candidate.first == wanted; });
  return found == extensions.end() ? std::nullopt : std::optional(found->second);
}

result<declared_specification> read_specification(std::string_view text, std::string_view source,
                                                  specification_format format) {
  switch (format) {
  case specification_format::json:
    return read_specification_json(text, source);
  case specification_format::mermaid:
    return read_specification_mermaid(text, source);
  case specification_format::markdown:
    return read_markdown(text, source);
  }
  return refuse_at(source, {}, "this form of specifications is unknown; write JSON or Mermaid");
}

} // namespace lockstep
