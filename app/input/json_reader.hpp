#pragma once

#include "app/input/input_options.hpp"
#include "app/input/record_reader.hpp"

#include <memory>

namespace lockstep {

/// Records of format `jsonl`: each line that is not blank is a JSON value. A value without
/// identifier or action (no such member, or null) is unmatched; without one of the other fields it
/// does without.
/// @returns `invalid_configuration` if a pointer is none.
[[nodiscard]] result<std::unique_ptr<record_reader>> make_json_reader(const input_options& options);

} // namespace lockstep
