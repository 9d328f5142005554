#pragma once

#include <array>
#include <cstddef>
#include <streambuf>
#include <system_error>

namespace lockstep {

/// Lets a stream write to a file descriptor, and keeps the system's reason if that fails, which
/// streams lose. What is still in the buffer when this object goes is dropped: flush or `close`.
class descriptor_buffer : public std::streambuf {
public:
  /// @param descriptor Is closed by this object; a negative one fails with `errno`.
  explicit descriptor_buffer(int descriptor);
  descriptor_buffer(const descriptor_buffer&) = delete;
  descriptor_buffer& operator=(const descriptor_buffer&) = delete;
  ~descriptor_buffer() override;

  /// Writes what is left and closes the descriptor. @returns the first error that there was.
  std::error_code close();

  /// The first error that there was.
  [[nodiscard]] std::error_code error() const noexcept { return error_; }
  /// Negative if there is none.
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

protected:
  int_type overflow(int_type next) override;
  int sync() override;

private:
  bool write_out();
  void fail_with(int reason) noexcept;

  int descriptor_;
  std::error_code error_;
  std::array<char, std::size_t{64} * 1024> buffer_;
};

} // namespace lockstep
