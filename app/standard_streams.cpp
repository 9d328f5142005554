#include "app/standard_streams.hpp"

#include <cerrno>
#include <cstdio>
#include <iostream>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace lockstep {

namespace {

void occupy(int descriptor, int mode) noexcept {
  // The lowest free number is taken, and those below are in use.
  if (::fcntl(descriptor, F_GETFD) < 0 && errno == EBADF)
    static_cast<void>(::open("/dev/null", mode));
}

} // namespace

void occupy_standard_descriptors() noexcept {
  occupy(STDIN_FILENO, O_WRONLY);
  occupy(STDOUT_FILENO, O_RDONLY);
  occupy(STDERR_FILENO, O_WRONLY);
}

result<void> flush_standard_output() {
  errno = 0;
  const auto flushed = static_cast<bool>(std::cout.flush()) && std::fflush(stdout) == 0;
  const auto reason = errno;
  if (flushed && std::ferror(stdout) == 0)
    return {};
  return fail(ec::store_failure,
              "cannot write to standard output, so what it got is incomplete"
                  + (reason == 0 ? std::string{} : ": " + std::generic_category().message(reason)));
}

} // namespace lockstep
