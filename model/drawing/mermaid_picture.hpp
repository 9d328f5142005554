#pragma once

#include "model/drawing/drawing.hpp"

#include <string>

namespace lockstep {

/// Draws as a Mermaid flowchart: an arrow from a dot to the initial state, terminal states in
/// double circles, internal steps dashed. What is only in the specification is blue and dashed,
/// what is only observed orange, the deviating step red and bold; a comparison has a legend.
///
///     flowchart LR
///       s0(["new"])
///       s1((("paid")))
///       start0(( )) --> s0
///       s0 -->|"pay"| s1
///
/// (State diagrams can neither colour nor dash an arrow. `to_mermaid` writes those, which are read
/// back as specifications.) No name can be taken for syntax.
[[nodiscard]] std::string mermaid_picture_of(const drawing& picture);

} // namespace lockstep
