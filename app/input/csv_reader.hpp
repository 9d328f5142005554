#pragma once

#include "app/input/input_options.hpp"
#include "app/input/record_reader.hpp"

#include <memory>

namespace lockstep {

/// Records of format `csv`. Reads the header row at once.
/// @returns `invalid_input` if there is no header row or it lacks a column that the options name;
///          the message lists the columns that are there.
[[nodiscard]] result<std::unique_ptr<record_reader>> make_csv_reader(const input_options& options,
                                                                     line_source& source);

} // namespace lockstep
