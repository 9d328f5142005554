#pragma once

#include <filesystem>
#include <string>

namespace lockstep::sqlite {

/// How a file is opened.
enum class access_mode {
  writing,
  /// With its log, which somebody else may be writing to.
  reading,
  /// Nobody is writing to it, and nothing of it is in a log.
  reading_unchanged,
};

/// How a file can be opened; if it is not there, opening it for writing tells.
[[nodiscard]] access_mode possible_access(const std::filesystem::path& path);

/// A log can only be read with the file that its readers share, which only who may write there can
/// make.
[[nodiscard]] bool lacks_shared_file(const std::filesystem::path& path);

/// The file as SQLite is told that nobody changes it, so that it does without the files that it
/// needs beside it otherwise.
[[nodiscard]] std::string as_immutable(const std::filesystem::path& path);

} // namespace lockstep::sqlite
