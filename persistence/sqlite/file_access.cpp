#include "persistence/sqlite/file_access.hpp"

#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace lockstep::sqlite {

namespace {

std::filesystem::path beside(std::filesystem::path file, const char* suffix) {
  file += suffix;
  return file;
}

/// May this process write to the file, and make others beside it?
bool may_write(const std::filesystem::path& path) {
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path{"."};
  return ::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) == 0
         && ::faccessat(AT_FDCWD, folder.c_str(), W_OK, AT_EACCESS) == 0;
}

} // namespace

access_mode possible_access(const std::filesystem::path& path) {
  struct statvfs mounted {};
  if (::statvfs(path.c_str(), &mounted) != 0)
    return access_mode::writing;
  const auto is_mounted_for_reading = (mounted.f_flag & ST_RDONLY) != 0;
  if (!is_mounted_for_reading && may_write(path))
    return access_mode::writing;
  std::error_code none;
  const auto bytes = std::filesystem::file_size(beside(path, "-wal"), none);
  if (none || (bytes == 0 && is_mounted_for_reading))
    return access_mode::reading_unchanged;
  // A process that is using the file has made both.
  const auto shared = std::filesystem::exists(beside(path, "-shm"), none);
  return bytes > 0 || shared ? access_mode::reading : access_mode::reading_unchanged;
}

bool lacks_shared_file(const std::filesystem::path& path) {
  std::error_code none;
  return !std::filesystem::exists(beside(path, "-shm"), none) && !none;
}

std::string as_immutable(const std::filesystem::path& path) {
  constexpr std::string_view plain =
      "/-_.~ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string uri = "file:";
  for (const char byte : std::filesystem::absolute(path).string()) {
    const auto number = static_cast<unsigned char>(byte);
    if (plain.find(byte) != std::string_view::npos)
      uri += byte;
    else
      uri.append({'%', digits[number >> 4U], digits[number & 15U]});
  }
  return uri + "?immutable=1";
}

} // namespace lockstep::sqlite
