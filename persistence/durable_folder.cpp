#include "persistence/durable_folder.hpp"

#include "persistence/system_advice.hpp"

#include <cerrno>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace lockstep {

namespace {

namespace fs = std::filesystem;

tl::unexpected<failure> cannot(const char* what, const fs::path& folder, std::error_code error) {
  return fail(ec::store_failure, std::string("cannot ") + what + " the folder " + folder.string()
                                     + ": " + error.message() + "; "
                                     + system_advice(error, "choose another store-dir"));
}

} // namespace

std::error_code sync_path(const fs::path& path) noexcept {
  const auto descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const auto synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  const std::error_code error{errno, std::generic_category()};
  if (descriptor >= 0)
    ::close(descriptor);
  return synced ? std::error_code{} : error;
}

result<void> make_durable_folder(const fs::path& folder) {
  std::error_code error;
  if (folder.empty() || fs::is_directory(folder, error))
    return {};
  const auto above = folder.has_parent_path() ? folder.parent_path() : fs::path{"."};
  if (above != folder)
    if (auto made = make_durable_folder(above); !made)
      return made;
  if (fs::create_directory(folder, error); error)
    return cannot("make", folder, error);
  if (error = sync_path(above); error)
    return cannot("write to", above, error);
  return {};
}

} // namespace lockstep
