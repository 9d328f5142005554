#pragma once

#include <filesystem>

namespace lockstep::bench {

/// An empty folder for stores, removed with this object and all that was put into it.
class disk_folder {
public:
  /// @param parent Where the folder is made; empty: the first of the folder for temporary files,
  ///        /var/tmp and the working folder that is on a disk and not in memory.
  /// @throws std::runtime_error if there is no such place.
  explicit disk_folder(const std::filesystem::path& parent = {});
  disk_folder(const disk_folder&) = delete;
  disk_folder& operator=(const disk_folder&) = delete;
  ~disk_folder();

  /// From here on, SIGINT, SIGTERM and SIGHUP remove all these folders and end the process. Before
  /// any thread is started.
  static void remove_on_signals();

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
  std::filesystem::path path_;
};

} // namespace lockstep::bench
