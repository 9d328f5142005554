#pragma once

#include "app/input/section_reader.hpp"
#include "model/cells/binary_list.hpp"
#include "model/failure.hpp"
#include "model/term/term.hpp"

#include <string_view>

namespace lockstep {

/// Reads an option that is a term: text is a binary, or with `as = "term"` in the same section
/// Erlang text; a whole number is an integer.
[[nodiscard]] term read_term(section_reader& section, std::string_view name);

/// Reads an option that is the key of a cell or a keyed shard: a list of texts, or a text as
/// `parse_key` reads it, with `as = "term"` as an Erlang term. Neither is empty, nor is a text in
/// the list.
[[nodiscard]] binary_list read_key(section_reader& section, std::string_view name);

/// Reads a key as it is typed: parts between slashes, or an Erlang term that is a list of binaries.
/// @returns `invalid_argument` or `invalid_term` for anything else; a key has parts, and only in an
///          Erlang term may one be empty.
[[nodiscard]] result<binary_list> parse_key(std::string_view text, bool is_term);

} // namespace lockstep
