#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace lockstep::crash {

/// Ends this program, and what it started, when nothing has happened for too long: a node that
/// hangs makes the test fail instead of hang.
class watchdog {
public:
  explicit watchdog(std::chrono::seconds patience);
  ~watchdog();
  watchdog(const watchdog&) = delete;
  watchdog& operator=(const watchdog&) = delete;

  /// What is waited for from now on, for the message.
  void wait_for(std::string what);
  /// Something happened. From any thread.
  void sign_of_life() noexcept;

private:
  using clock = std::chrono::steady_clock;
  void watch();

  const std::chrono::seconds patience_;
  std::atomic<clock::time_point> last_sign_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool ends_ = false;
  std::string what_;
  std::thread thread_;
};

} // namespace lockstep::crash
