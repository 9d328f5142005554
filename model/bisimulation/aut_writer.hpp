#pragma once

#include "model/bisimulation/label_table.hpp"
#include "model/bisimulation/lts.hpp"
#include "model/failure.hpp"

#include <ostream>

namespace lockstep {

/// Writes a system in Aldebaran form, as `read_aut` reads it: the same states and transitions in
/// the same order, internal steps as `i`; labels other than ASCII words in quotes.
///
/// Whether the stream took everything is its owner's to see.
/// @returns `invalid_input`, and nothing is written, if a transition has an action that the form
///          cannot hold: a visible one called `i` or `tau`, one with a line feed or a NUL, one that
///          makes a line longer than a reader takes.
[[nodiscard]] result<void> write_aut(std::ostream& out, const lts& system,
                                     const label_table& labels);

} // namespace lockstep
