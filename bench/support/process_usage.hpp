#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

#include <malloc.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <time.h>

/// Of jemalloc, if the program is linked with it; its header need not be there.
extern "C" [[gnu::weak]] int mallctl(const char* name, void* old_value, std::size_t* old_size,
                                     void* new_value, std::size_t new_size);

namespace lockstep::bench {

/// How many bytes are allocated now, as the allocator in charge counts them.
inline double allocated_bytes() {
  if (mallctl == nullptr) {
    const auto heap = ::mallinfo2();
    return static_cast<double>(heap.uordblks + heap.hblkhd);
  }
  std::uint64_t epoch = 1; // jemalloc's figures are those of when it was last told to look
  mallctl("epoch", nullptr, nullptr, &epoch, sizeof epoch);
  std::size_t allocated = 0;
  auto size = sizeof allocated;
  mallctl("stats.allocated", &allocated, &size, nullptr, 0);
  return static_cast<double>(allocated);
}

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
