#include "app/graphviz.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" char** environ; // NOLINT: POSIX

namespace lockstep {

namespace {

struct file_closer {
  void operator()(std::FILE* file) const noexcept { static_cast<void>(std::fclose(file)); }
};

/// A file without a name that goes when it is closed. Unlike a pipe, it never makes a writer wait.
using unnamed_file = std::unique_ptr<std::FILE, file_closer>;

/// Programs that are run do not inherit it, unless they are given it.
unnamed_file open_unnamed() {
  unnamed_file file{std::tmpfile()};
  if (file && ::fcntl(::fileno(file.get()), F_SETFD, FD_CLOEXEC) != 0)
    file.reset();
  return file;
}

auto cannot_run(const std::string& what) {
  return fail(ec::unavailable, what + "; use --format dot to get the graph without a layout");
}

auto cannot_run(int reason) {
  return cannot_run("dot cannot be run: " + std::generic_category().message(reason));
}

bool write_all(std::FILE* file, std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), file) == text.size() && std::fflush(file) == 0
         && ::lseek(::fileno(file), 0, SEEK_SET) == 0;
}

/// All that is there, or what comes before an error, as `ferror` tells.
std::string read_all(std::FILE* file) {
  std::string text;
  std::rewind(file);
  std::array<char, 65536> block{};
  while (const auto size = std::fread(block.data(), 1, block.size(), file))
    text.append(block.data(), size);
  return text;
}

/// What a program says in its first line.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

class file_actions {
public:
  file_actions() { posix_spawn_file_actions_init(&actions_); }
  ~file_actions() { posix_spawn_file_actions_destroy(&actions_); }
  file_actions(const file_actions&) = delete;
  file_actions& operator=(const file_actions&) = delete;

  void use(std::FILE* file, int as) {
    posix_spawn_file_actions_adddup2(&actions_, ::fileno(file), as);
  }
  [[nodiscard]] const posix_spawn_file_actions_t* native() const noexcept { return &actions_; }

private:
  posix_spawn_file_actions_t actions_{};
};

} // namespace

result<std::string> svg_of(std::string_view dot) {
  const unnamed_file in = open_unnamed();
  const unnamed_file out = open_unnamed();
  const unnamed_file errors = open_unnamed();
  if (!in || !out || !errors || !write_all(in.get(), dot))
    return cannot_run(errno);
  file_actions actions;
  actions.use(in.get(), STDIN_FILENO);
  actions.use(out.get(), STDOUT_FILENO);
  actions.use(errors.get(), STDERR_FILENO);
  std::string program = "dot";
  std::string option = "-Tsvg";
  const std::array<char*, 3> arguments{program.data(), option.data(), nullptr};
  pid_t child = 0;
  const auto error =
      ::posix_spawnp(&child, program.c_str(), actions.native(), nullptr, arguments.data(), environ);
  if (error == ENOENT)
    return fail(ec::unavailable, "dot is not installed; install graphviz, or use --format dot");
  if (error != 0)
    return cannot_run(error);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR)
      return cannot_run(errno);
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    const auto reason = first_line(read_all(errors.get()));
    return cannot_run(reason.empty() ? std::string("dot failed") : "dot failed: " + reason);
  }
  auto picture = read_all(out.get());
  if (std::ferror(out.get()) != 0)
    return cannot_run("what dot printed cannot be read: " + std::generic_category().message(errno));
  if (picture.empty())
    return cannot_run(std::string("dot printed nothing"));
  return picture;
}

} // namespace lockstep
