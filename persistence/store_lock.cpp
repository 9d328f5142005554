#include "persistence/store_lock.hpp"

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace lockstep {

namespace {

/// Holds the number of the process that has the lock.
constexpr const char* lock_file = "lock";

tl::unexpected<failure> cannot_lock(const std::filesystem::path& folder, const std::string& why) {
  return fail(ec::store_failure,
              "cannot use the store " + folder.string() + ": " + why + "; choose another store-dir",
              {{"store_dir", folder.string()}});
}

std::string holder_of(int descriptor) {
  char digits[32] = {};
  auto count = ::pread(descriptor, digits, sizeof digits - 1, 0);
  return count > 0 ? "process " + std::string(digits) : "another process";
}

} // namespace

result<store_lock> store_lock::acquire(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    return cannot_lock(folder, error.message());
  auto descriptor = ::open((folder / lock_file).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0)
    return cannot_lock(folder, std::generic_category().message(errno));
  store_lock lock{descriptor};
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      return cannot_lock(folder, holder_of(descriptor) + " has it open");
    return cannot_lock(folder, std::generic_category().message(errno));
  }
  // The number is for people; the lock holds without it.
  auto own = std::to_string(::getpid());
  if (::ftruncate(descriptor, 0) != 0
      || ::pwrite(descriptor, own.data(), own.size(), 0) != static_cast<ssize_t>(own.size()))
    return cannot_lock(folder, std::generic_category().message(errno));
  return lock;
}

store_lock::store_lock(store_lock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

store_lock& store_lock::operator=(store_lock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

store_lock::~store_lock() {
  if (descriptor_ >= 0)
    ::close(descriptor_);
}

} // namespace lockstep
