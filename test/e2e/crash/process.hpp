#pragma once

#include <mutex>
#include <set>
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
    const std::lock_guard lock{mutex};
    running.insert(id_);
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

  void kill(int signal = SIGKILL) const {
    if (id_ > 0) // -1 would be everybody
      ::kill(id_, signal);
  }

  /// Kills all of them, for whoever ends this program at once.
  static void kill_all() {
    const std::lock_guard lock{mutex};
    for (const auto id : running)
      ::kill(id, SIGKILL);
  }

  /// @returns its exit status; minus the signal that ended it.
  int wait() {
    siginfo_t ended;
    while (::waitid(P_PID, static_cast<id_t>(id_), &ended, WEXITED | WNOWAIT) < 0
           && errno == EINTR) {
    }
    {
      const std::lock_guard lock{mutex}; // from now on its number may be somebody else's
      running.erase(id_);
    }
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
  static inline std::mutex mutex;
  static inline std::set<pid_t> running;

  pid_t id_ = -1;
  std::FILE* out_ = nullptr;
};

} // namespace lockstep::crash
