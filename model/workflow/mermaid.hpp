#pragma once

#include "model/workflow/implementation_model.hpp"
#include "model/workflow/specification.hpp"

#include <string>

namespace lockstep {

/// Draws what an implementation was seen to do as a Mermaid `stateDiagram-v2`, with an arrow from
/// `[*]` for each initialisation:
///
///     stateDiagram-v2
///       state "in transit" as s1
///       [*] --> paid
///       paid --> s1 : ship
///
/// A state whose name is a plain word (ASCII letters, digits, single underscores inside; no word of
/// Mermaid's) is drawn under it. Every other one gets an identifier that no state has as its name,
/// and its name as description. In descriptions and labels each character that Mermaid or Markdown
/// could take for syntax is written as an entity, `#NN;`, so different names never look the same.
[[nodiscard]] std::string to_mermaid(const implementation_model& model);

/// Draws a specification, with an arrow from `[*]` to its initial state and to `[*]` from each
/// terminal one; transitions in order of declaration. Comments say its name and what its options
/// are beside the defaults:
///
///     stateDiagram-v2
///       %% lockstep: specification = Order
///       %% lockstep: transition_timeout = 30s
///
/// `parse_specification_mermaid` reads the picture back as an equal specification unless it has no
/// transitions.
[[nodiscard]] std::string to_mermaid(const specification& spec);

} // namespace lockstep
