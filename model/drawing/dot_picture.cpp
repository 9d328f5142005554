#include "model/drawing/dot_picture.hpp"

#include "model/term/utf8.hpp"

#include <cstddef>
#include <string_view>

namespace lockstep {

namespace {

std::string_view node_style_of(drawing_mark mark) {
  switch (mark) {
  case drawing_mark::common:
    return "";
  case drawing_mark::only_specified:
    return ", color=\"#1f6fd0\", fontcolor=\"#1f6fd0\", style=\"rounded,dashed\"";
  case drawing_mark::only_observed:
    return ", color=\"#d97706\", fontcolor=\"#d97706\"";
  case drawing_mark::deviating:
    return ", color=\"#d11f1f\", fontcolor=\"#d11f1f\", penwidth=3";
  }
  return "";
}

std::string_view edge_style_of(drawing_mark mark) {
  switch (mark) {
  case drawing_mark::common:
    return "";
  case drawing_mark::only_specified:
    return ", color=\"#1f6fd0\", fontcolor=\"#1f6fd0\", style=dashed";
  case drawing_mark::only_observed:
    return ", color=\"#d97706\", fontcolor=\"#d97706\"";
  case drawing_mark::deviating:
    return ", color=\"#d11f1f\", fontcolor=\"#d11f1f\", penwidth=3";
  }
  return "";
}

/// In quotes. A backslash and an ampersand begin escapes and entities in labels.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  if (text.empty())
    out += R"(\"\")";
  while (!text.empty()) {
    const auto character = utf8::first(text);
    const auto bytes = text.substr(0, character ? character->length : 1);
    const auto code = character ? character->code_point : U'\uFFFD';
    if (code == U'"' || code == U'\\')
      out.append("\\").append(bytes);
    else if (code == U'&')
      out += "&amp;";
    else if (code < 0x20 || (code >= 0x7F && code <= 0x9F))
      out += ' ';
    else
      utf8::append(out, code);
    text.remove_prefix(bytes.size());
  }
  return out + '"';
}

std::string id(std::size_t node) { return "s" + std::to_string(node); }

void append_legend(std::string& text) {
  text += "  subgraph cluster_legend {\n    label=\"Legend\";\n";
  std::size_t number = 1;
  for (const auto& [mark, words] :
       {std::pair{drawing_mark::only_specified, "only in the specification"},
        std::pair{drawing_mark::only_observed, "only observed"},
        std::pair{drawing_mark::deviating, "deviating step"}}) {
    text.append("    legend").append(std::to_string(number++)).append(" [label=\"").append(words);
    text.append("\"").append(node_style_of(mark)).append("];\n");
  }
  text += "  }\n";
}

} // namespace

std::string dot_picture_of(const drawing& picture) {
  std::string text = "digraph lockstep {\n"
                     "  rankdir=LR;\n"
                     "  node [shape=box, style=rounded, fontname=\"Helvetica\"];\n"
                     "  edge [fontname=\"Helvetica\"];\n";
  for (std::size_t i = 0; i < picture.nodes.size(); ++i) {
    const auto& node = picture.nodes[i];
    text.append("  ").append(id(i)).append(" [label=").append(quoted(node.name));
    text.append(node.is_terminal ? ", peripheries=2" : "").append(node_style_of(node.mark));
    text.append("];\n");
  }
  std::size_t starts = 0;
  for (const auto initial : picture.initial) {
    const auto start = "start" + std::to_string(starts++);
    text.append("  ").append(start).append(" [shape=point, width=0.15];\n");
    text.append("  ").append(start).append(" -> ").append(id(initial)).append(";\n");
  }
  for (const auto& edge : picture.edges) {
    text.append("  ").append(id(edge.from)).append(" -> ").append(id(edge.to));
    text.append(" [label=").append(quoted(edge.action)).append(edge_style_of(edge.mark));
    if (edge.is_internal && edge.mark != drawing_mark::only_specified)
      text += ", style=dashed";
    text.append("];\n");
  }
  if (picture.is_comparison)
    append_legend(text);
  return text + "}\n";
}

} // namespace lockstep
