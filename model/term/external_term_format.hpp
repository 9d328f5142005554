#pragma once

#include "model/failure.hpp"

#include <string>
#include <string_view>

namespace lockstep {

/// Erlang's external term format, version 131, as `term_to_binary/1` writes it: see "External Term
/// Format" in the ERTS user's guide.
///
/// Canonical: equal terms give equal bytes, so the bytes may serve as a key. Entries of maps are in
/// ascending order of their keys; that is the one difference to `term_to_binary/1`, which leaves
/// their order open.
[[nodiscard]] std::string encode_etf(const term& value);

/// Reads what `term_to_binary/1` of any Erlang/OTP release writes for data. Nothing is allocated on
/// the word of a length field alone.
/// @returns `invalid_term` with the byte's offset if the bytes are cut short, are followed by
/// others, hold something that is no data (process identifiers, ports, references, functions), are
/// compressed, break UTF-8 or a limit (`term::max_depth`, `big_integer::max_bytes`, 255 characters
/// of an atom), or if a map has a key twice.
[[nodiscard]] result<term> decode_etf(std::string_view bytes);

} // namespace lockstep
