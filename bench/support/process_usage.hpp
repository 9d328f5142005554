#pragma once

#include <chrono>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

#include <sys/resource.h>
#include <sys/types.h>
#include <time.h>

namespace lockstep::bench {

/// The processor time that this process has taken, all threads together.
inline std::chrono::microseconds processor_time() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto of = [](const timeval& t) {
    return std::chrono::seconds{t.tv_sec} + std::chrono::microseconds{t.tv_usec};
  };
  return of(used.ru_utime) + of(used.ru_stime);
}

/// The processor time that another process has taken; zero if there is none of that number.
inline std::chrono::microseconds processor_time(pid_t process) {
  clockid_t clock{};
  timespec taken{};
  if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &taken) != 0)
    return {};
  return std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::seconds{taken.tv_sec} + std::chrono::nanoseconds{taken.tv_nsec});
}

/// A figure of /proc/self/status in bytes, such as `VmRSS` or `VmHWM`; 0 if it is not there.
inline std::uint64_t memory_figure(std::string_view name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name) && line.size() > name.size() && line[name.size()] == ':')
      return std::stoull(line.substr(name.size() + 1)) * 1024;
  return 0;
}

} // namespace lockstep::bench
