#pragma once

#include "model/workflow/specification_check.hpp"

#include <cstddef>
#include <string_view>

namespace lockstep {

/// Reads a specification from a picture, a Mermaid `stateDiagram-v2`:
///
///     ---
///     title: Order
///     ---
///     stateDiagram-v2
///       %% lockstep: transition_timeout = 30s
///       state "in transit" as s1
///       [*] --> paid
///       paid --> s1 : ship
///       s1 --> [*]
///       note right of paid
///         lockstep: prune_timeout = 7d
///       end note
///
/// One statement a line. A state is called what its description says (`state "…" as ID`,
/// `ID : …`), or else its identifier; states of the same name are the same. Entities as of
/// `decode_entities` are read as their characters. An arrow with a label is a transition. There is
/// exactly one arrow from `[*]`, to the initial state; it may have a label, which counts for
/// nothing: instances are initialised. Arrows to `[*]` have no label and only show what is a
/// terminal state anyway.
///
/// Settings are lines `lockstep: KEY = VALUE` in comments and notes; see `specification_settings`.
/// Without a setting `specification` the name is the `title` of the front matter. (In a note of one
/// line Mermaid itself may not like the second colon; `lockstep#58; KEY = VALUE` is read too.)
///
/// How the picture looks is ignored: `direction`, `classDef`, `class`, `style`, `:::CLASS`,
/// `click`, `hide`, `scale`, `accTitle`, `accDescr`, directives, the text of notes. Refused is what
/// an instance in one state cannot do: states within states, regions, forks, joins and choices.
///
/// The transitions are in the order of their arrows, but the first one out of the initial state
/// comes first. Takes time in proportion to the text (times its logarithm).
///
/// @param source How messages name the text, e.g. its path.
/// @param first_line The number of the text's first line in its source.
/// @returns `invalid_specification`; the message begins `SOURCE, line L, column C: `, also as
///          context `file`, `line`, `column`.
[[nodiscard]] result<declared_specification> read_specification_mermaid(std::string_view text,
                                                                        std::string_view source,
                                                                        std::size_t first_line = 1);

/// The same without findings.
[[nodiscard]] result<specification> parse_specification_mermaid(std::string_view text,
                                                                std::string_view source);

} // namespace lockstep
