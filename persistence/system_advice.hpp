#pragma once

#include <string>
#include <system_error>

namespace lockstep {

/// What to do about an error of the file system, to end a sentence with, e.g. "make room on its
/// file system".
/// @param otherwise For errors that say nothing about it.
[[nodiscard]] std::string system_advice(std::error_code error, const std::string& otherwise);

} // namespace lockstep
