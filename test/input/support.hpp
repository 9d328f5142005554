#pragma once

#include "app/input/event_reader.hpp"
#include "app/input/input_options.hpp"

#include <filesystem>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <caf/actor_system_config.hpp>
#include <catch2/catch_test_macros.hpp>

namespace lockstep::test {

/// A directory of its own that goes with the test.
class temp_dir {
public:
  temp_dir();
  temp_dir(const temp_dir&) = delete;
  temp_dir& operator=(const temp_dir&) = delete;
  ~temp_dir();

  /// Writes a file. @returns its path.
  [[nodiscard]] std::string file(std::string_view content, std::string_view name = "input") const;
  [[nodiscard]] std::string path() const { return path_.string(); }

private:
  std::filesystem::path path_;
};

/// Reads CAF's configuration syntax.
[[nodiscard]] caf::settings settings_of(const std::string& text);

/// The options in a section's text; fails the test if they cannot be used.
[[nodiscard]] input_options options_of(const std::string& text);

/// What a reader made of its whole input.
struct reading {
  std::vector<event> events;
  std::vector<failure> failures;
  input_counters counters;
};

/// Reads a file to its end, past malformed records.
[[nodiscard]] reading read_all(const input_options& options, const std::string& path);

} // namespace lockstep::test
