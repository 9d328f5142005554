#include "app/stop_signal.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

namespace lockstep {

namespace {

// A signal handler can reach nothing but globals.
std::atomic<bool> signal_received{false};
std::atomic<int> wake_descriptor{-1};

void write_wake_byte(int descriptor) {
  const char byte = 0;
  // A full pipe wakes the reader as well.
  [[maybe_unused]] auto written = write(descriptor, &byte, 1);
}

extern "C" void on_signal(int) {
  auto saved = errno;
  // Whoever presses Ctrl-C again does not want to wait for an orderly end.
  signal(SIGINT, SIG_DFL);
  signal_received = true;
  write_wake_byte(wake_descriptor);
  errno = saved;
}

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  return set;
}

bool is_ignored(int number) {
  struct sigaction action {};
  return sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

} // namespace

stop_signal::stop_signal() {
  auto signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0) {
    wake_read_ = ends[0];
    wake_write_ = ends[1];
  }
  wake_descriptor = wake_write_;
  struct sigaction action {};
  action.sa_handler = on_signal; // without SA_RESTART: system calls return
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  // nohup has it ignored.
  if (!is_ignored(SIGHUP))
    sigaction(SIGHUP, &action, nullptr);
}

stop_signal::~stop_signal() {
  wake_descriptor = -1;
  close(wake_read_);
  close(wake_write_);
}

void stop_signal::listen() {
  auto signals = stop_signals();
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

bool stop_signal::received() noexcept { return signal_received; }

bool stop_signal::arrived() noexcept {
  sigset_t held_back;
  sigemptyset(&held_back);
  sigpending(&held_back);
  return received() || sigismember(&held_back, SIGINT) == 1 || sigismember(&held_back, SIGTERM) == 1
         || (sigismember(&held_back, SIGHUP) == 1 && !is_ignored(SIGHUP));
}

void stop_signal::wait() {
  pollfd wake{wake_read_, POLLIN, 0};
  while (!received() && poll(&wake, 1, -1) < 0 && errno == EINTR) {
  }
}

bool stop_signal::wait_for(std::chrono::microseconds time) {
  auto until = std::chrono::steady_clock::now() + time;
  pollfd wake{wake_read_, POLLIN, 0};
  while (!received()) {
    auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0
        || poll(&wake, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 60'000))) > 0)
      break;
  }
  return !received();
}

void stop_signal::wake() { write_wake_byte(wake_write_); }

} // namespace lockstep
