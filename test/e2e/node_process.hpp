#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace lockstep::crash {

/// A program that was started, with a pipe from its standard output. Killed, if it still runs, when
/// this goes.
class process {
public:
  explicit process(std::vector<std::string> command) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
      throw std::runtime_error{"no pipe"};
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    std::vector<char*> arguments;
    for (auto& one : command)
      arguments.push_back(one.data());
    arguments.push_back(nullptr);
    const auto failed =
        ::posix_spawn(&id_, arguments[0], &actions, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    out_ = ::fdopen(ends[0], "r");
    if (failed != 0)
      throw std::runtime_error{"cannot start " + command[0]};
  }
  process(const process&) = delete;
  process& operator=(const process&) = delete;
  ~process() {
    if (id_ > 0) {
      kill();
      (void)wait();
    }
    std::fclose(out_);
  }

  void kill(int signal = SIGKILL) const { ::kill(id_, signal); }

  /// @returns its exit status; minus the signal that ended it.
  int wait() {
    int status = 0;
    while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
    }
    id_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  /// A line of what it prints, with its end; empty after the last one.
  std::string line() {
    char text[4096];
    return std::fgets(text, sizeof text, out_) == nullptr ? std::string{} : std::string{text};
  }

private:
  pid_t id_ = -1;
  std::FILE* out_ = nullptr;
};

} // namespace lockstep::crash
