#include "app/stop_signal.hpp"

#include <functional>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;

namespace {

/// How a process ends that does this; a signal's number is counted from 1000.
int end_of(const std::function<int()>& body) {
  auto child = fork();
  if (child == 0)
    _exit(body());
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) ? 1'000 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// Gives itself the signals, one after the other. @returns 1 if they were noticed.
int receive(std::initializer_list<int> signals) {
  stop_signal stop;
  stop.listen();
  for (auto number : signals)
    raise(number);
  return stop_signal::received() ? 1 : 0;
}

} // namespace

TEST_CASE("each signal that asks for the end is caught", "[stop_signal]") {
  for (auto number : {SIGINT, SIGTERM, SIGHUP})
    CHECK(end_of([number] { return receive({number}); }) == 1);
}

TEST_CASE("a second SIGINT ends the process at once, other signals do not", "[stop_signal]") {
  CHECK(end_of([] { return receive({SIGINT, SIGINT}); }) == 1'000 + SIGINT);
  CHECK(end_of([] { return receive({SIGTERM, SIGINT}); }) == 1'000 + SIGINT);
  CHECK(end_of([] { return receive({SIGTERM, SIGHUP, SIGTERM}); }) == 1);
}

TEST_CASE("SIGHUP stays ignored for a process that was started so", "[stop_signal]") {
  CHECK(end_of([] {
          signal(SIGHUP, SIG_IGN);
          return receive({SIGHUP});
        })
        == 0);
}
