#pragma once

#include "model/failure.hpp"

#include <string>
#include <string_view>

namespace lockstep {

/// Reads a term from JSON. Every term has a JSON form, and `to_json_text` writes it:
///
/// | JSON | term |
/// |---|---|
/// | `"text"` | the binary of its UTF-8 bytes |
/// | `42` | an integer |
/// | `4.2`, `1.0`, `1e5` | a float |
/// | `true`, `false`, `null` | the atoms `true`, `false` and `nil` |
/// | `[…]` | a proper list |
/// | `{"atom": "name"}` | an atom |
/// | `{"tuple": […]}` | a tuple |
/// | `{"integer": "123…"}` | an integer, for those of more digits than a float has (309) |
/// | `{"float": 1}` | a float, for senders that write `1.0` as `1` |
/// | `{"binary": "base64"}` | a binary that is no UTF-8 |
/// | `{"bits": "base64", "size": 11}` | a bit string of so many bits |
/// | `{"improper": […], "tail": …}` | an improper list |
/// | `{"map": [[key, value], …]}` | a map with any keys |
/// | any other object | a map with binaries as keys |
///
/// So an object of exactly the members of a tagged form is that form, never a plain map. Of equal
/// keys the last one counts.
/// @returns `invalid_term` if the text is no JSON, a tagged form has a wrong value, or a limit is
/// broken (`term::max_depth`, `big_integer::max_bytes`, 255 characters of an atom).
[[nodiscard]] result<term> parse_term_json(std::string_view json_text);

/// Writes a term as JSON, UTF-8, on one line without blanks; `parse_term_json` reads the same term.
[[nodiscard]] std::string to_json_text(const term& value);

} // namespace lockstep
