#pragma once

#include <filesystem>
#include <stdexcept>
#include <system_error>

#include <unistd.h>

namespace lockstep::test {

/// A store whose folder and files may only be read while this lives, also by root.
class kept_from_writing {
public:
  /// @param folder The store's; the one above it is opened to everybody for good.
  explicit kept_from_writing(const std::filesystem::path& folder,
                             std::filesystem::perms files = std::filesystem::perms{0444})
      : folder_(folder) {
    namespace fs = std::filesystem;
    fs::permissions(folder.parent_path(), fs::perms{0755});
    for (const auto& one : fs::directory_iterator{folder_})
      fs::permissions(one.path(), files);
    fs::permissions(folder_, readable);
    if (user_ == 0 && ::seteuid(nobody) != 0)
      throw std::runtime_error{"cannot be another user than root"};
  }
  kept_from_writing(const kept_from_writing&) = delete;
  kept_from_writing& operator=(const kept_from_writing&) = delete;
  ~kept_from_writing() {
    if (user_ == 0)
      static_cast<void>(::seteuid(user_) == 0);
    std::error_code ignored;
    std::filesystem::permissions(folder_, std::filesystem::perms{0755}, ignored);
  }

private:
  static constexpr std::filesystem::perms readable{0555};
  static constexpr uid_t nobody = 65534;
  std::filesystem::path folder_;
  uid_t user_ = ::geteuid();
};

} // namespace lockstep::test
