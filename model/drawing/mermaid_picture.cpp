#include "model/drawing/mermaid_picture.hpp"

#include "model/workflow/mermaid_escape.hpp"

#include <cstddef>
#include <string_view>

namespace lockstep {

namespace {

std::string_view class_of(drawing_mark mark) {
  switch (mark) {
  case drawing_mark::common:
    return "";
  case drawing_mark::only_specified:
    return ":::specified";
  case drawing_mark::only_observed:
    return ":::observed";
  case drawing_mark::deviating:
    return ":::deviating";
  }
  return "";
}

std::string_view link_style_of(drawing_mark mark) {
  switch (mark) {
  case drawing_mark::common:
    return "";
  case drawing_mark::only_specified:
    return "stroke:#1f6fd0,color:#1f6fd0,stroke-dasharray:6 4";
  case drawing_mark::only_observed:
    return "stroke:#d97706,color:#d97706";
  case drawing_mark::deviating:
    return "stroke:#d11f1f,color:#d11f1f,stroke-width:4px";
  }
  return "";
}

constexpr std::string_view legend = R"(  subgraph legend [Legend]
    legend1(["only in the specification"]):::specified
    legend2(["only observed"]):::observed
    legend3(["deviating step"]):::deviating
  end
  classDef specified stroke:#1f6fd0,color:#1f6fd0,stroke-dasharray:6 4
  classDef observed stroke:#d97706,color:#d97706
  classDef deviating stroke:#d11f1f,color:#d11f1f,stroke-width:4px
)";

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/// In quotes; an empty text is shown as two quotes, as Mermaid has no empty labels. Labels are
/// Markdown: underscores that are not inside a word may be emphasis.
std::string quoted(std::string_view text) {
  if (text.empty())
    return R"("#34;#34;")";
  std::string out = "\"";
  const auto escaped = mermaid_escaped(text);
  for (std::size_t i = 0; i < escaped.size(); ++i) {
    const bool is_inside = i > 0 && i + 1 < escaped.size() && is_alphanumeric(escaped[i - 1])
                           && is_alphanumeric(escaped[i + 1]);
    if (escaped[i] == '_' && !is_inside)
      out += "#95;";
    else
      out += escaped[i];
  }
  return out + '"';
}

std::string id(std::size_t node) { return "s" + std::to_string(node); }

} // namespace

std::string mermaid_picture_of(const drawing& picture) {
  std::string text = "flowchart LR\n";
  for (std::size_t i = 0; i < picture.nodes.size(); ++i) {
    const auto& node = picture.nodes[i];
    text.append("  ").append(id(i)).append(node.is_terminal ? "(((" : "([");
    text.append(quoted(node.name)).append(node.is_terminal ? ")))" : "])");
    text.append(class_of(node.mark)).append("\n");
  }
  std::size_t arrows = 0;
  for (const auto initial : picture.initial)
    text.append("  start")
        .append(std::to_string(arrows++))
        .append("(( )) --> ")
        .append(id(initial))
        .append("\n");
  std::string styles;
  for (const auto& edge : picture.edges) {
    text.append("  ").append(id(edge.from)).append(edge.is_internal ? " -.->|" : " -->|");
    text.append(quoted(edge.action)).append("| ").append(id(edge.to)).append("\n");
    if (const auto style = link_style_of(edge.mark); !style.empty())
      styles.append("  linkStyle ")
          .append(std::to_string(arrows))
          .append(" ")
          .append(style)
          .append("\n");
    ++arrows;
  }
  if (picture.is_comparison)
    text.append(legend);
  return text + styles;
}

} // namespace lockstep
