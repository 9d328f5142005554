#pragma once

#include "model/failure.hpp"

#include <filesystem>

namespace lockstep {

/// Keeps a second process off a store's folder, for as long as it lives. The system lets go of it
/// when the process ends, however that happens.
class store_lock {
public:
  /// Makes the folder if it is missing.
  /// @returns `store_failure` naming the folder and the process that has it.
  [[nodiscard]] static result<store_lock> acquire(const std::filesystem::path& folder);

  store_lock() = default;
  store_lock(store_lock&& other) noexcept;
  store_lock& operator=(store_lock&& other) noexcept;
  ~store_lock();

private:
  explicit store_lock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

} // namespace lockstep
