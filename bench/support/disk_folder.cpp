#include "bench/support/disk_folder.hpp"

#include <stdlib.h> // NOLINT: mkdtemp is POSIX
#include <sys/vfs.h>

#include <linux/magic.h>

#include <initializer_list>
#include <stdexcept>
#include <string>
#include <system_error>

namespace lockstep::bench {

namespace {

bool is_in_memory(const std::filesystem::path& folder) {
  struct statfs about {};
  return ::statfs(folder.c_str(), &about) == 0
         && (about.f_type == TMPFS_MAGIC || about.f_type == RAMFS_MAGIC);
}

std::filesystem::path folder_on_disk() {
  for (const auto& one : {std::filesystem::temp_directory_path(), std::filesystem::path{"/var/tmp"},
                          std::filesystem::current_path()})
    if (std::filesystem::is_directory(one) && !is_in_memory(one))
      return one;
  throw std::runtime_error{"no folder for stores is on a disk; name one with --folder"};
}

} // namespace

disk_folder::disk_folder(const std::filesystem::path& parent) {
  auto name = ((parent.empty() ? folder_on_disk() : parent) / "lockstep-bench-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    throw std::runtime_error{"cannot make the folder " + name
                             + "; name a folder that can be written with --folder"};
  path_ = name;
}

disk_folder::~disk_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

} // namespace lockstep::bench
