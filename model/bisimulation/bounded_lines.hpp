#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <string_view>
#include <vector>

namespace lockstep {

/// The lines of a stream, one after the other, in constant memory whatever the stream holds.
/// Internal to `model/bisimulation/`.
class bounded_lines {
public:
  /// Of a line without its end.
  static constexpr std::size_t max_line_bytes = std::size_t{64} * 1024;

  enum class status : std::uint8_t {
    /// There is a line: `text` and `number`.
    line,
    /// There are no more lines.
    end,
    /// The next line is longer than `max_line_bytes`. It and what follows stay unread.
    too_long,
    /// The stream cannot be read on.
    unreadable,
  };

  /// @param in Must outlive this object.
  explicit bounded_lines(std::istream& in);

  [[nodiscard]] status next();

  /// Without LF or CRLF. Lives until the next call of `next`.
  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  /// From 1; of the line that is too long or cannot be read, too. At the end: of the last line.
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
  /// Whether the line has an end. The last one may have none.
  [[nodiscard]] bool is_terminated() const noexcept { return is_terminated_; }

private:
  [[nodiscard]] bool read_block();
  void take(std::size_t size);

  std::istream& in_;
  std::vector<char> buffer_;
  /// The unread part of the buffer.
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::string_view text_;
  std::uint64_t number_ = 0;
  bool is_terminated_ = true;
};

} // namespace lockstep
