#pragma once

#include "model/bisimulation/label_table.hpp"
#include "model/bisimulation/lts.hpp"
#include "model/failure.hpp"

#include <cstdint>
#include <functional>
#include <istream>
#include <string>

namespace lockstep {

struct aut_reader_options {
  /// How messages name the text, e.g. its path.
  std::string source;
  /// How many bytes there are, if that is known: then memory for the transitions is taken at once.
  std::uint64_t size = 0;
  /// Called now and then with the transitions that were read so far and all that are announced.
  std::function<void(std::uint64_t done, std::uint64_t announced)> progress{};
};

/// Reads a system in Aldebaran form (`.aut`; CADP, mCRL2):
///
///     des (0, 3, 3)
///     (0, "coin, !quarter", 1)
///     (1, i, 2)
///     (2, PUSH !1, 0)
///
/// The header gives the initial state and the numbers of transitions and states; states are numbers
/// from 0. Blanks between the parts, CRLF, empty lines and a UTF-8 byte order mark
/// at the start are fine.
///
/// **Labels.** `i` and `tau`, with or without quotes, are internal. A quoted label goes from the
/// first to the *last* quote of its line; nothing is an escape, so a backslash stands for itself
/// and there may be quotes inside. One without quotes goes up to the last comma, without blanks
/// around it. Labels are bytes but NUL; `__internal__`, which is Lockstep's name for what is
/// written `i` here, is an error and never silently internal. Two transitions on a line are read as
/// one with an odd label, so their number is wrong then.
///
/// **Memory.** Streaming: 128 KiB, the labels, and 12 bytes a transition; up to 36 while it grows
/// if `size` is unknown. Nothing is allocated because a header announces it. As those who work with
/// a system take memory for every state, a header that announces more than `max_idle_aut_states`
/// states that no transition can mention is an error.
///
/// @param labels Gets the labels; some of them also if there is an error.
/// @returns `invalid_input`: `SOURCE:LINE: REASON; WHAT TO DO`, also as context `file`, `line`. A
///          line of more than 64 KiB is an error, as is another number of transitions than
///          announced.
[[nodiscard]] result<lts> read_aut(std::istream& in, label_table& labels,
                                   const aut_reader_options& options);

inline constexpr std::uint64_t max_idle_aut_states = 1'000'000;

} // namespace lockstep
