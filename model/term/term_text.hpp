#pragma once

#include "model/failure.hpp"

#include <string>
#include <string_view>

namespace lockstep {

/// Reads one term in Erlang's own syntax, UTF-8, with white space and `%` comments around its
/// parts:
///
///     order   'Elixir.Shop'   'it\'s'   -42   16#ff   1_000   $a   1.0e22   "a list of characters"
///     <<"bytes">>   <<"h\x{e9}"/utf8>>   <<1,2,3>>   <<255,1:3>>   {tenant,7}   [1,2|3]   #{k =>
///     v}
///
/// In `<<"...">>` each character is one byte, so it must be below U+0100; with `/utf8` it is its
/// UTF-8 bytes. Reserved words are read as atoms even without quotes. Of equal keys of a map the
/// last one counts.
/// @returns `invalid_term` with line and column if the text is anything else, breaks a limit
/// (`term::max_depth`, `big_integer::max_bytes`, 255 characters of an atom) or is not UTF-8.
[[nodiscard]] result<term> parse_term(std::string_view text);

/// Writes a term as `io:format("~tp")` does, on one line; `parse_term` reads the same term again.
///
/// - A list of printable Latin-1 characters is written as `"text"`, like Erlang does.
/// - A binary is written as `<<"text">>` if it is printable ASCII, or else as `<<"text"/utf8>>` if
/// it
///   is printable UTF-8, or else as `<<"text">>` if it is no UTF-8 and printable Latin-1, or else
///   as
///   `<<1,2,3>>`. (Erlang does the same if it is started with `+pc unicode`.)
/// - Entries of maps are in the order of their keys.
[[nodiscard]] std::string to_text(const term& value);

} // namespace lockstep
