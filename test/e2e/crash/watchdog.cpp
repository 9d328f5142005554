#include "test/e2e/crash/watchdog.hpp"

#include "test/e2e/crash/process.hpp"

#include <cstdlib>
#include <iostream>
#include <utility>

namespace lockstep::crash {

watchdog::watchdog(std::chrono::seconds patience)
    : patience_(patience), last_sign_(clock::now()), thread_([this] { watch(); }) {}

watchdog::~watchdog() {
  {
    const std::lock_guard lock{mutex_};
    ends_ = true;
  }
  ended_.notify_one();
  thread_.join();
}

void watchdog::wait_for(std::string what) {
  const std::lock_guard lock{mutex_};
  what_ = std::move(what);
  sign_of_life();
}

void watchdog::sign_of_life() noexcept { last_sign_ = clock::now(); }

void watchdog::watch() {
  std::unique_lock lock{mutex_};
  while (!ends_) {
    const auto until = last_sign_.load() + patience_;
    if (clock::now() < until) {
      ended_.wait_until(lock, until);
      continue;
    }
    std::cerr << "nothing happened for " << patience_.count() << " seconds, while waiting for "
              << what_ << std::endl;
    process::kill_all();
    std::_Exit(EXIT_FAILURE); // whoever waits may do so for good
  }
}

} // namespace lockstep::crash
