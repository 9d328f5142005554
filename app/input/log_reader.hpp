#pragma once

#include "app/input/input_options.hpp"
#include "app/input/record_reader.hpp"

#include <memory>

namespace lockstep {

/// Records of format `lines`: each line is one, matched by the options' rules.
/// @returns `invalid_configuration` if the rules cannot be used.
[[nodiscard]] result<std::unique_ptr<record_reader>> make_log_reader(const input_options& options);

} // namespace lockstep
