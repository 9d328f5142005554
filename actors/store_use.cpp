#include "actors/store_use.hpp"

#include <utility>

namespace lockstep {

store_use::store_use(store_lock lock) {
  auto ended = std::make_shared<std::promise<void>>();
  free_ = ended->get_future();
  const auto let_go = [ended](const store_lock* held) {
    delete held; // NOLINT(cppcoreguidelines-owning-memory)
    ended->set_value();
  };
  lock_ = std::shared_ptr<const store_lock>(new store_lock(std::move(lock)), let_go);
}

std::shared_ptr<const void> store_use::hold() const {
  const std::scoped_lock guard{mutex_};
  return lock_;
}

bool store_use::close(std::chrono::milliseconds patience) {
  {
    std::shared_ptr<const store_lock> own;
    const std::scoped_lock guard{mutex_};
    own.swap(lock_);
  }
  return free_.wait_for(patience) == std::future_status::ready;
}

result<void> store_use::announce(const std::string& address) const {
  const std::scoped_lock guard{mutex_};
  return lock_->announce(address);
}

result<std::shared_ptr<const void>> hold(const std::shared_ptr<store_use>& use) {
  if (!use)
    return nullptr;
  auto held = use->hold();
  if (!held)
    return fail(ec::unavailable, "the node has been stopped; start it again");
  return held;
}

} // namespace lockstep
