#pragma once

#include "app/input/input_options.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lockstep::fuzz {

/// Options that differ in what all formats share, so that an input's last byte can choose among
/// them; files that end in a line feed are read with identifiers as binaries and without a limit
/// that matters.
void vary(input_options& options, std::string_view input);

/// Reads an input to its end, once past malformed records and once silently, and checks events,
/// errors and counters against the text.
void demand_events(input_options options, std::string_view input);

} // namespace lockstep::fuzz
