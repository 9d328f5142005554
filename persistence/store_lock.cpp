#include "persistence/store_lock.hpp"

#include "persistence/durable_folder.hpp"
#include "persistence/system_advice.hpp"

#include <cerrno>
#include <chrono>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace lockstep {

namespace {

/// Holds the number of the process that has the lock and, after a blank, where it listens.
constexpr const char* lock_file = "lock";

tl::unexpected<failure> cannot_lock(const std::filesystem::path& folder, const std::string& why,
                                    const std::string& advice = "choose another store-dir") {
  return fail(ec::store_failure,
              "cannot use the store " + folder.string() + ": " + why + "; " + advice,
              {{"store_dir", folder.string()}});
}

tl::unexpected<failure> cannot_lock(const std::filesystem::path& folder, std::error_code why) {
  return cannot_lock(folder, why.message(), system_advice(why, "choose another store-dir"));
}

std::error_code last_error() { return {errno, std::generic_category()}; }

store_holder holder_of(int descriptor) {
  char text[512] = {};
  auto count = ::pread(descriptor, text, sizeof text - 1, 0);
  std::string content(text, count > 0 ? static_cast<std::size_t>(count) : 0);
  auto blank = content.find(' ');
  return {content.substr(0, blank),
          blank == std::string::npos ? std::string{} : content.substr(blank + 1)};
}

std::string describe(const store_holder& holder) {
  return holder.process.empty() ? "another process" : "process " + holder.process;
}

constexpr int most_attempts = 10;

void short_pause() { std::this_thread::sleep_for(std::chrono::milliseconds{10}); }

bool lock_before_long(int descriptor, const std::function<void()>& pause) {
  for (int attempt = 1; ::flock(descriptor, LOCK_EX | LOCK_NB) != 0; ++attempt) {
    if (errno != EWOULDBLOCK || attempt == most_attempts)
      return false;
    pause();
  }
  return true;
}

bool write_whole(int descriptor, const std::string& content) {
  return ::ftruncate(descriptor, 0) == 0
         && ::pwrite(descriptor, content.data(), content.size(), 0)
                == static_cast<ssize_t>(content.size());
}

} // namespace

result<store_lock> store_lock::acquire(const std::filesystem::path& folder,
                                       const std::function<void()>& pause) {
  // The folder's own name is in the one above, which no commit syncs.
  if (auto made = make_durable_folder(folder); !made) {
    made.error().context.emplace("store_dir", folder.string());
    return tl::unexpected(std::move(made).error());
  }
  auto descriptor = ::open((folder / lock_file).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0)
    return cannot_lock(folder, last_error());
  store_lock lock{descriptor};
  if (!lock_before_long(descriptor, pause ? pause : short_pause)) {
    if (errno == EWOULDBLOCK)
      return cannot_lock(folder, describe(holder_of(descriptor)) + " has it open");
    return cannot_lock(folder, last_error());
  }
  // The number is for people; the lock holds without it.
  if (!write_whole(descriptor, std::to_string(::getpid())))
    return cannot_lock(folder, last_error());
  return lock;
}

std::optional<store_holder> store_lock::holder(const std::filesystem::path& folder) {
  auto descriptor = ::open((folder / lock_file).c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return std::nullopt;
  store_lock probe{descriptor};
  if (::flock(descriptor, LOCK_SH | LOCK_NB) == 0)
    return std::nullopt;
  return holder_of(descriptor);
}

result<void> store_lock::announce(const std::string& address) const {
  if (!write_whole(descriptor_, std::to_string(::getpid()) + " " + address))
    return fail(ec::store_failure,
                "cannot write to the store's lock file: " + std::generic_category().message(errno));
  return {};
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
