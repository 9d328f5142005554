#pragma once

#include "model/failure.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace lockstep {

/// Who has a store.
struct store_holder {
  /// Empty if it is not known.
  std::string process;
  /// Where its node listens, `HOST:PORT`; empty if it does not.
  std::string address;
};

/// Keeps a second process off a store's folder, for as long as it lives. The system lets go of it
/// when the process ends, however that happens.
class store_lock {
public:
  /// Makes the folder if it is missing, durably. Tries for a tenth of a second, since whoever only
  /// looks (`holder`) has the lock for a moment.
  /// @param pause Between two attempts; empty: 10 ms.
  /// @returns `store_failure` naming the folder and the process that has it.
  [[nodiscard]] static result<store_lock> acquire(const std::filesystem::path& folder,
                                                  const std::function<void()>& pause = {});

  /// The process that has the lock of a folder; nothing if none has.
  [[nodiscard]] static std::optional<store_holder> holder(const std::filesystem::path& folder);

  [[nodiscard]] bool held() const noexcept { return descriptor_ >= 0; }

  /// Writes down where the node listens, so that commands find it. Errors: `store_failure`.
  [[nodiscard]] result<void> announce(const std::string& address) const;

  store_lock() = default;
  store_lock(store_lock&& other) noexcept;
  store_lock& operator=(store_lock&& other) noexcept;
  ~store_lock();

private:
  explicit store_lock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

} // namespace lockstep
