#include "persistence/text_file.hpp"

#include "persistence/descriptor_buffer.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <optional>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace lockstep {

namespace {

namespace fs = std::filesystem;

using writer = std::function<result<void>(std::ostream& out)>;

constexpr int most_links_to_follow = 40;
constexpr mode_t permission_bits = 07777;
/// Less what the process's umask takes away.
constexpr mode_t usual_mode = 0666;

tl::unexpected<failure> refuse(ec code, const fs::path& path, const std::string& reason) {
  return fail(code, reason, {{"file", path.string()}});
}

tl::unexpected<failure> system_failure(ec code, std::string_view what, const fs::path& path,
                                       std::error_code error) {
  return refuse(code, path, std::string(what) + ' ' + path.string() + ": " + error.message());
}

tl::unexpected<failure> cannot_write(const fs::path& path, std::error_code error) {
  return system_failure(ec::store_failure, "cannot write", path, error);
}

std::error_code last_error() { return {errno == 0 ? EIO : errno, std::generic_category()}; }

// -- reading

/// `64 MiB`, `1000 bytes`.
std::string in_words(std::size_t bytes) {
  constexpr std::size_t mebibyte = std::size_t{1} << 20U;
  return bytes >= mebibyte && bytes % mebibyte == 0 ? std::to_string(bytes / mebibyte) + " MiB"
                                                    : std::to_string(bytes) + " bytes";
}

/// Finds the first line of a text that is too long, piece by piece.
class line_meter {
public:
  explicit line_meter(std::size_t most) : most_(most) {}

  /// @returns the number of the line that is too long, if it has come to that.
  std::optional<std::uint64_t> add(std::string_view piece) {
    for (;;) {
      const auto line_feed = piece.find('\n');
      const auto size = std::min(line_feed, piece.size());
      if (size > most_ - length_)
        return number_;
      length_ += size;
      if (line_feed == std::string_view::npos)
        return std::nullopt;
      ++number_;
      length_ = 0;
      piece.remove_prefix(line_feed + 1);
    }
  }

private:
  std::size_t most_;
  std::size_t length_ = 0;
  std::uint64_t number_ = 1;
};

// -- writing

/// The descriptor that a link like `/dev/stdout` stands for, if it is one of this process.
std::optional<int> descriptor_of_link(const fs::path& link) {
  std::error_code error;
  const auto own = fs::canonical("/proc/self/fd", error);
  if (error || fs::canonical(link.parent_path(), error) != own || error)
    return std::nullopt;
  const auto name = link.filename().string();
  int number = -1;
  const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), number);
  return problem == std::errc{} && end == name.data() + name.size() ? std::optional(number)
                                                                    : std::nullopt;
}

/// Where a text goes in the end.
struct destination {
  fs::path path;
  /// Of this process, if the path stands for one.
  std::optional<int> descriptor;
};

/// Follows links, also those to nothing.
result<destination> destination_of(const fs::path& path) {
  auto target = path;
  std::error_code error;
  for (int links = 0; fs::is_symlink(fs::symlink_status(target, error)); ++links) {
    if (const auto descriptor = descriptor_of_link(target))
      return destination{target, descriptor};
    if (links == most_links_to_follow)
      return cannot_write(path, std::make_error_code(std::errc::too_many_symbolic_link_levels));
    const auto next = fs::read_symlink(target, error);
    if (error)
      return cannot_write(path, error);
    target = target.parent_path() / next;
  }
  return destination{target, std::nullopt};
}

/// Writes into what is there: a device, a pipe.
result<void> write_into(int descriptor, const fs::path& path, const writer& write) {
  descriptor_buffer buffer{descriptor};
  if (buffer.error())
    return cannot_write(path, buffer.error());
  std::ostream out{&buffer};
  if (auto written = write(out); !written)
    return written;
  if (const auto error = buffer.close())
    return cannot_write(path, error);
  return {};
}

/// Makes a file that nobody else writes: `TARGET.PROCESS-NUMBER.new`.
/// @param name Becomes its name. @returns its descriptor; negative if there is none.
int make_beside(const fs::path& target, fs::path& name) {
  static std::atomic<unsigned> number = 0;
  for (;;) {
    name = target;
    name += '.' + std::to_string(::getpid()) + '-' + std::to_string(++number) + ".new";
    const auto made = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, usual_mode);
    if (made >= 0 || errno != EEXIST)
      return made;
  }
}

/// Writes a file beside another one and puts it into its place.
/// @param present The other one's; null if there is none.
result<void> replace(const fs::path& target, const fs::path& path, const struct stat* present,
                     const writer& write) {
  fs::path temporary;
  descriptor_buffer buffer{make_beside(target, temporary)};
  if (buffer.error())
    return cannot_write(path, buffer.error());
  const auto give_up = [&](tl::unexpected<failure> reason) -> result<void> {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    return reason;
  };
  if (present) {
    // Another's file stays another's as far as the system lets us.
    [[maybe_unused]] const auto owned =
        ::fchown(buffer.descriptor(), present->st_uid, present->st_gid);
    if (::fchmod(buffer.descriptor(), present->st_mode & permission_bits) != 0)
      return give_up(cannot_write(path, last_error()));
  }
  std::ostream out{&buffer};
  if (auto written = write(out); !written)
    return give_up(tl::unexpected(std::move(written.error())));
  // On the disk before it has the name, or a power cut could leave an empty file.
  out.flush();
  if (!buffer.error() && ::fsync(buffer.descriptor()) != 0)
    return give_up(cannot_write(path, last_error()));
  if (buffer.close())
    return give_up(cannot_write(path, buffer.error()));
  std::error_code error;
  fs::rename(temporary, target, error);
  if (error)
    return give_up(cannot_write(path, error));
  return {};
}

} // namespace

result<std::string> read_text_file(const fs::path& path, const text_limits& limits) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored))
    return system_failure(ec::invalid_input, "cannot read", path,
                          std::make_error_code(std::errc::is_a_directory));
  errno = 0;
  std::ifstream in{path, std::ios::binary};
  if (!in)
    return system_failure(ec::invalid_input, "cannot read", path, last_error());
  std::string text;
  line_meter lines{limits.line_bytes};
  std::array<char, std::size_t{64} * 1024> block; // NOLINT: is written before it is read
  do {
    in.read(block.data(), static_cast<std::streamsize>(block.size()));
    const std::string_view piece{block.data(), static_cast<std::size_t>(in.gcount())};
    if (piece.size() > limits.bytes - text.size())
      return refuse(ec::invalid_input, path,
                    path.string() + " is larger than " + in_words(limits.bytes)
                        + ", the most that is read of such a file");
    if (const auto line = lines.add(piece))
      return refuse(ec::invalid_input, path,
                    path.string() + ", line " + std::to_string(*line) + ": the line is longer than "
                        + in_words(limits.line_bytes));
    text += piece;
  } while (in);
  if (in.bad())
    return system_failure(ec::invalid_input, "cannot read", path, last_error());
  return text;
}

result<void> write_text_file(const fs::path& path, std::string_view text) {
  return write_text_file(path, [text](std::ostream& out) -> result<void> {
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    return {};
  });
}

result<void> write_text_file(const fs::path& path, const writer& write) {
  const auto destination = destination_of(path);
  if (!destination)
    return tl::unexpected(destination.error());
  const auto& target = destination->path;
  if (destination->descriptor)
    return write_into(::fcntl(*destination->descriptor, F_DUPFD_CLOEXEC, 0), path, write);
  struct stat present {};
  if (::stat(path.c_str(), &present) == 0) {
    if (S_ISDIR(present.st_mode))
      return cannot_write(path, std::make_error_code(std::errc::is_a_directory));
    if (S_ISREG(present.st_mode))
      return replace(target, path, &present, write);
    return write_into(::open(path.c_str(), O_WRONLY | O_NOCTTY | O_CLOEXEC), path, write);
  }
  if (target.has_parent_path()) {
    std::error_code error;
    fs::create_directories(target.parent_path(), error);
    if (error)
      return system_failure(ec::store_failure, "cannot make the folder", target.parent_path(),
                            error);
  }
  return replace(target, path, nullptr, write);
}

} // namespace lockstep
