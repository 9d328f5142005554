#pragma once

#include <stdlib.h> // NOLINT: mkdtemp is POSIX

#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>

namespace lockstep::test {

/// An empty folder that goes with this object, together with what was put into it.
class temporary_folder {
public:
  temporary_folder() {
    auto name = (std::filesystem::temp_directory_path() / "lockstep-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw std::runtime_error{"cannot make a folder " + name};
    path_ = name;
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  ~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  friend std::filesystem::path operator/(const temporary_folder& folder, const std::string& name) {
    return folder.path_ / name;
  }

private:
  std::filesystem::path path_;
};

} // namespace lockstep::test
