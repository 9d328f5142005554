#pragma once

#include "model/failure.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace lockstep {

/// The whole content of a file. @returns `invalid_input` with the path and the system's reason.
[[nodiscard]] result<std::string> read_text_file(const std::filesystem::path& path);

/// Puts a file in the place of what was there, whole or not at all: a reader never sees half of it.
/// Missing folders are made. @returns `store_failure` with the path and the system's reason.
[[nodiscard]] result<void> write_text_file(const std::filesystem::path& path,
                                           std::string_view text);

} // namespace lockstep
