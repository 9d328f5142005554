#pragma once

#include "model/failure.hpp"
#include "persistence/store_lock.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <string>

namespace lockstep {

/// Who may still write to a node's store. Its lock is let go when the last of them has closed what
/// it writes to, even if that is long after the node was stopped: an actor whose supervisor was
/// killed may be in the middle of a commit, and nobody else must have the store meanwhile.
///
/// Thread-safe.
class store_use {
public:
  explicit store_use(store_lock lock);

  /// Keeps the store locked for as long as it lives; null after `close`.
  [[nodiscard]] std::shared_ptr<const void> hold() const;

  /// Nobody begins to use the store any more; waits until those who do have ended.
  /// @returns whether they have, and so whether the lock is free.
  [[nodiscard]] bool close(std::chrono::milliseconds patience);

  /// See `store_lock::announce`. @pre It is not closed.
  [[nodiscard]] result<void> announce(const std::string& address) const;

private:
  mutable std::mutex mutex_;
  std::shared_ptr<const store_lock> lock_;
  std::future<void> free_;
};

/// What keeps the store locked while it is used. @param use Null: there is no lock, and so nothing
/// is needed. Errors: `unavailable` after `close`.
[[nodiscard]] result<std::shared_ptr<const void>> hold(const std::shared_ptr<store_use>& use);

} // namespace lockstep
