#include "model/bisimulation/bounded_lines.hpp"

#include <algorithm>
#include <cstring>

namespace lockstep {

namespace {

constexpr std::size_t block_bytes = std::size_t{64} * 1024;
/// The longest line with CRLF.
constexpr std::size_t max_bytes = bounded_lines::max_line_bytes + 2;

} // namespace

bounded_lines::bounded_lines(std::istream& in) : in_(in), buffer_(max_bytes + block_bytes) {}

bounded_lines::status bounded_lines::next() {
  std::size_t searched = 0;
  for (;;) {
    const char* const unread = buffer_.data() + begin_;
    const auto size = end_ - begin_;
    if (const auto* end = std::memchr(unread + searched, '\n', size - searched)) {
      take(static_cast<std::size_t>(static_cast<const char*>(end) - unread) + 1);
      return text_.size() > max_line_bytes ? status::too_long : status::line;
    }
    searched = size;
    if (size >= max_bytes) {
      ++number_;
      return status::too_long;
    }
    if (read_block())
      continue;
    if (in_.bad()) {
      ++number_;
      return status::unreadable;
    }
    if (size == 0)
      return status::end;
    take(size);
    return text_.size() > max_line_bytes ? status::too_long : status::line;
  }
}

/// @returns whether there was something.
bool bounded_lines::read_block() {
  if (!in_)
    return false;
  std::copy(buffer_.data() + begin_, buffer_.data() + end_, buffer_.data());
  end_ -= begin_;
  begin_ = 0;
  in_.read(buffer_.data() + end_, block_bytes);
  const auto size = static_cast<std::size_t>(in_.gcount());
  end_ += size;
  return size > 0;
}

void bounded_lines::take(std::size_t size) {
  text_ = {buffer_.data() + begin_, size};
  begin_ += size;
  ++number_;
  is_terminated_ = text_.ends_with('\n');
  if (is_terminated_)
    text_.remove_suffix(1);
  if (text_.ends_with('\r'))
    text_.remove_suffix(1);
}

} // namespace lockstep
