#pragma once

#include "model/term/term.hpp"

namespace lockstep {

/// Does a value match a pattern? As a pattern of Erlang does: the atom `_` matches anything, tuples
/// and lists match element by element, a map matches if the value has all its keys with matching
/// values, and everything else matches what is equal to it (`=:=`). The keys of a map are no
/// patterns.
[[nodiscard]] bool matches(const term& pattern, const term& value);

} // namespace lockstep
