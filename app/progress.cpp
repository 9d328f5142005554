#include "app/progress.hpp"

#include <cstdio>

#include <unistd.h>

namespace lockstep {

namespace {

constexpr auto pause_between = std::chrono::milliseconds{100};

} // namespace

progress_line::progress_line(std::string_view unit)
    : unit_(unit), enabled_(isatty(STDERR_FILENO) == 1) {}

progress_line::~progress_line() {
  if (visible_)
    std::fputs("\r\x1b[K", stderr);
}

void progress_line::show(std::uint64_t done, std::optional<double> fraction) {
  auto now = clock::now();
  if (!enabled_ || now - last_ < pause_between)
    return;
  last_ = now;
  visible_ = true;
  auto seconds = std::chrono::duration<double>(now - start_).count();
  auto rate = seconds > 0 ? static_cast<double>(done) / seconds : 0.0;
  if (fraction)
    std::fprintf(stderr, "\r\x1b[K%3.0f %%  %llu %s, %.0f per second", *fraction * 100.0,
                 static_cast<unsigned long long>(done), unit_.c_str(), rate);
  else
    std::fprintf(stderr, "\r\x1b[K%llu %s, %.0f per second", static_cast<unsigned long long>(done),
                 unit_.c_str(), rate);
  std::fflush(stderr);
}

} // namespace lockstep
