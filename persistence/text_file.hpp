#pragma once

#include "model/failure.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <limits>
#include <ostream>
#include <string>
#include <string_view>

namespace lockstep {

/// How much is read of a file.
struct text_limits {
  std::size_t bytes = std::numeric_limits<std::size_t>::max();
  /// Of a line without its line feed.
  std::size_t line_bytes = std::numeric_limits<std::size_t>::max();
};

/// The whole content of a file. @returns `invalid_input` with the path and the system's reason, or
/// the limit that the file exceeds: then no more of it was read than that.
[[nodiscard]] result<std::string> read_text_file(const std::filesystem::path& path,
                                                 const text_limits& limits = {});

/// Puts a file in the place of what was there, whole or not at all: a reader never sees half of it.
/// It keeps the permissions of the one before. Missing folders are made.
///
/// Links are followed and stay. What is no regular file, like a device or a pipe, gets the text
/// itself, as does a descriptor of this process that the path stands for (`/dev/stdout`).
/// @returns `store_failure` with the path and the system's reason.
[[nodiscard]] result<void> write_text_file(const std::filesystem::path& path,
                                           std::string_view text);

/// The same for a text that need not be in memory at once.
/// @param write Puts the text into the stream; if it returns an error, this does, too, and the file
///        stays what it was, if it is a regular one.
[[nodiscard]] result<void>
write_text_file(const std::filesystem::path& path,
                const std::function<result<void>(std::ostream& out)>& write);

} // namespace lockstep
