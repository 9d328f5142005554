#pragma once

#include <chrono>

namespace lockstep {

/// Catches SIGINT, SIGTERM and, unless it is ignored, SIGHUP for the main thread: a blocking system
/// call there returns, and `received` tells why. A SIGINT after that ends the process at once. Make
/// it before any other thread starts; the others never see the signals. Until `listen` they are
/// held back. One at a time.
class stop_signal {
public:
  stop_signal();
  ~stop_signal();
  stop_signal(const stop_signal&) = delete;
  stop_signal& operator=(const stop_signal&) = delete;

  /// From here on the main thread is interrupted by the signals. Call it when the other threads
  /// run.
  void listen();

  [[nodiscard]] static bool received() noexcept;

  /// As `received`, but also of one that is held back. Asks the system.
  [[nodiscard]] static bool arrived() noexcept;

  /// Blocks until a signal was received or `wake` is called.
  void wait();

  /// Blocks for so long, or until a signal was received: then returns false.
  bool wait_for(std::chrono::microseconds time);

  /// Ends `wait`; from any thread.
  void wake();

private:
  int wake_read_ = -1;
  int wake_write_ = -1;
};

} // namespace lockstep
