#pragma once

#include "model/failure.hpp"

#include <string>
#include <string_view>

namespace lockstep {

/// Lays a graph in Graphviz's language DOT out as SVG, with the program `dot` of the search path.
/// No shell is involved. Waits for it, however long that takes.
/// @returns `unavailable` if `dot` is not installed, prints nothing or fails; then with what it
/// says first.
[[nodiscard]] result<std::string> svg_of(std::string_view dot);

} // namespace lockstep
