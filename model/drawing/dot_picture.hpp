#pragma once

#include "model/drawing/drawing.hpp"

#include <string>

namespace lockstep {

/// Draws as a directed graph in Graphviz's language DOT, with the same signs and colours as
/// `mermaid_picture_of`:
///
///     digraph lockstep {
///       s0 [label="new"];
///       s1 [label="paid", peripheries=2];
///       start0 [shape=point, width=0.15];
///       start0 -> s0;
///       s0 -> s1 [label="pay"];
///     }
///
/// Bytes that are no UTF-8 become U+FFFD, control characters blanks.
[[nodiscard]] std::string dot_picture_of(const drawing& picture);

} // namespace lockstep
