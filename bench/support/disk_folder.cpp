#include "bench/support/disk_folder.hpp"

#include <stdlib.h> // NOLINT: mkdtemp is POSIX
#include <sys/vfs.h>

#include <linux/magic.h>

#include <pthread.h>
#include <signal.h> // NOLINT: sigwait is POSIX
#include <unistd.h>

#include <initializer_list>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

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

/// The folders that there are.
struct folder_list {
  std::mutex guard;
  std::set<std::filesystem::path> paths;
};

folder_list& folders() {
  static folder_list all;
  return all;
}

void remove_folder(const std::filesystem::path& folder) {
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
}

} // namespace

void disk_folder::remove_on_signals() {
  sigset_t ends;
  ::sigemptyset(&ends);
  for (const auto one : {SIGINT, SIGTERM, SIGHUP})
    ::sigaddset(&ends, one);
  ::pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  (void)folders();
  std::thread([ends] {
    int which = 0;
    ::sigwait(&ends, &which);
    const std::lock_guard guard{folders().guard};
    for (const auto& one : folders().paths)
      remove_folder(one);
    ::_exit(128 + which);
  }).detach();
}

disk_folder::disk_folder(const std::filesystem::path& parent) {
  auto name = ((parent.empty() ? folder_on_disk() : parent) / "lockstep-bench-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    throw std::runtime_error{"cannot make the folder " + name
                             + "; name a folder that can be written with --folder"};
  path_ = name;
  const std::lock_guard guard{folders().guard};
  folders().paths.insert(path_);
}

disk_folder::~disk_folder() {
  remove_folder(path_);
  const std::lock_guard guard{folders().guard};
  folders().paths.erase(path_);
}

} // namespace lockstep::bench
