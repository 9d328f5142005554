#include "app/input/line_source.hpp"

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace lockstep {

namespace {

constexpr std::size_t buffer_bytes = std::size_t{64} * 1024;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

auto cannot_read(const std::string& path, int reason) {
  return fail(ec::invalid_input,
              "cannot read \"" + path + "\": " + std::generic_category().message(reason)
                  + "; name a readable file, or - for standard input",
              {{"path", term{path}}});
}

} // namespace

// -- descriptor ----------------------------------------------------------------------------------

line_source::descriptor::descriptor(descriptor&& other) noexcept
    : number_(other.number_), owned_(std::exchange(other.owned_, false)) {}

line_source::descriptor& line_source::descriptor::operator=(descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  std::swap(owned_, other.owned_);
  return *this;
}

line_source::descriptor::~descriptor() {
  if (owned_)
    ::close(number_);
}

// -- opening -------------------------------------------------------------------------------------

line_source::line_source(std::string path, descriptor file, std::size_t max_line_bytes)
    : path_(std::move(path)),
      file_(std::move(file)),
      max_line_bytes_(max_line_bytes),
      buffer_(buffer_bytes) {}

result<line_source> line_source::open(std::string path, std::size_t max_line_bytes) {
  const auto is_standard_input = path == "-";
  const auto number =
      is_standard_input ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (number < 0)
    return cannot_read(path, errno);
  auto file = descriptor{number, !is_standard_input};
  struct stat status {};
  if (::fstat(number, &status) != 0)
    return cannot_read(path, errno);
  if (S_ISDIR(status.st_mode))
    return cannot_read(path, EISDIR);
  auto source = line_source{std::move(path), std::move(file), max_line_bytes};
  if (S_ISREG(status.st_mode)) {
    // Standard input may have been read in part by somebody else.
    const auto position = ::lseek(number, 0, SEEK_CUR);
    if (position >= 0 && position <= status.st_size)
      source.total_bytes_ = static_cast<std::uint64_t>(status.st_size - position);
  }
  return source;
}

// -- reading -------------------------------------------------------------------------------------

result<std::optional<line>> line_source::next() {
  if (offset_ == 0)
    if (auto skipped = skip_byte_order_mark(); !skipped)
      return tl::unexpected(std::move(skipped.error()));
  const auto start = offset_;
  auto too_long = false;
  carry_.clear();
  for (;;) {
    if (begin_ == end_) {
      begin_ = end_ = 0;
      const auto more = read_more();
      if (!more)
        return tl::unexpected(more.error());
      if (!*more)
        break;
    }
    const auto* from = buffer_.data() + begin_;
    const auto available = end_ - begin_;
    const auto* line_feed = static_cast<const char*>(std::memchr(from, '\n', available));
    const auto size = line_feed ? static_cast<std::size_t>(line_feed - from) : available;
    const auto consumed = size + (line_feed ? 1 : 0);
    const auto piece = std::string_view{from, size};
    begin_ += consumed;
    offset_ += consumed;
    if (line_feed && carry_.empty() && !too_long)
      return make_line(piece, true, false, start);
    // One byte more than the limit may be a carriage return.
    too_long = too_long || carry_.size() + size > max_line_bytes_ + 1;
    if (too_long)
      carry_.clear();
    else
      carry_ += piece;
    if (line_feed)
      return make_line(carry_, true, too_long, start);
  }
  if (offset_ == start)
    return std::nullopt;
  return make_line(carry_, false, too_long, start);
}

bool line_source::ready(std::chrono::milliseconds wait) const {
  if (total_bytes_ || at_end_ || std::memchr(buffer_.data() + begin_, '\n', end_ - begin_))
    return true;
  auto readable = pollfd{file_.number(), POLLIN, 0};
  return ::poll(&readable, 1, static_cast<int>(wait.count())) > 0;
}

result<void> line_source::skip_byte_order_mark() {
  while (end_ < byte_order_mark.size() && !at_end_)
    if (auto more = read_more(); !more)
      return tl::unexpected(std::move(more.error()));
  if (std::string_view{buffer_.data() + begin_, end_ - begin_}.starts_with(byte_order_mark))
    begin_ = offset_ = byte_order_mark.size();
  return {};
}

result<bool> line_source::read_more() {
  while (!at_end_) {
    const auto count = ::read(file_.number(), buffer_.data() + end_, buffer_.size() - end_);
    if (count > 0) {
      end_ += static_cast<std::size_t>(count);
      return true;
    }
    if (count == 0)
      at_end_ = true;
    else if (errno != EINTR)
      return cannot_read(path_, errno);
  }
  return false;
}

line line_source::make_line(std::string_view text, bool has_line_feed, bool too_long,
                            std::uint64_t offset) {
  std::string_view end = has_line_feed ? "\n" : "";
  if (has_line_feed && text.ends_with('\r')) {
    text.remove_suffix(1);
    end = "\r\n";
  }
  if (text.size() > max_line_bytes_)
    too_long = true;
  return {too_long ? std::string_view{} : text, end, ++lines_, offset, too_long};
}

} // namespace lockstep
