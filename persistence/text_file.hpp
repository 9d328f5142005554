#pragma once

#include "model/failure.hpp"

#include <filesystem>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>

namespace lockstep {

/// The whole content of a file. @returns `invalid_input` with the path and the system's reason.
[[nodiscard]] result<std::string> read_text_file(const std::filesystem::path& path);

/// Puts a file in the place of what was there, whole or not at all: a reader never sees half of it.
/// Missing folders are made. @returns `store_failure` with the path and the system's reason.
[[nodiscard]] result<void> write_text_file(const std::filesystem::path& path,
                                           std::string_view text);

/// The same for a text that need not be in memory at once.
/// @param write Puts the text into the stream; if it returns an error, this does, too, and the file
///        stays what it was.
[[nodiscard]] result<void>
write_text_file(const std::filesystem::path& path,
                const std::function<result<void>(std::ostream& out)>& write);

} // namespace lockstep
