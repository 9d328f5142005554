#include "persistence/descriptor_buffer.hpp"

#include <cerrno>

#include <unistd.h>

namespace lockstep {

descriptor_buffer::descriptor_buffer(int descriptor) : descriptor_(descriptor) {
  if (descriptor_ < 0)
    fail_with(errno);
  setp(buffer_.data(), buffer_.data() + buffer_.size());
}

descriptor_buffer::~descriptor_buffer() {
  if (descriptor_ >= 0)
    ::close(descriptor_);
}

std::error_code descriptor_buffer::close() {
  write_out();
  if (descriptor_ >= 0 && ::close(descriptor_) != 0)
    fail_with(errno);
  descriptor_ = -1;
  return error_;
}

descriptor_buffer::int_type descriptor_buffer::overflow(int_type next) {
  if (!write_out())
    return traits_type::eof();
  if (!traits_type::eq_int_type(next, traits_type::eof()))
    sputc(traits_type::to_char_type(next));
  return traits_type::not_eof(next);
}

int descriptor_buffer::sync() { return write_out() ? 0 : -1; }

bool descriptor_buffer::write_out() {
  const char* at = pbase();
  while (!error_ && at != pptr()) {
    const auto count = ::write(descriptor_, at, static_cast<std::size_t>(pptr() - at));
    if (count >= 0)
      at += count;
    else if (errno != EINTR)
      fail_with(errno);
  }
  setp(buffer_.data(), buffer_.data() + buffer_.size());
  return !error_;
}

void descriptor_buffer::fail_with(int reason) noexcept {
  if (!error_)
    error_ = {reason == 0 ? EIO : reason, std::generic_category()};
}

} // namespace lockstep
