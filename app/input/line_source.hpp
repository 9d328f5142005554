#pragma once

#include "model/failure.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// One line of an input.
struct line {
  /// Without the line's end. Bytes; empty if the line is `too_long`. Lives until the source's next
  /// call or move.
  std::string_view text;
  /// How the line ends: "\n", "\r\n", or "" for a last line that the input ends in.
  std::string_view end;
  /// From 1.
  std::uint64_t number = 0;
  /// Of the first byte of `text`, from the start of the input.
  std::uint64_t offset = 0;
  /// The line has more bytes than the source's limit, and was skipped.
  bool too_long = false;
};

/// The lines of a file or of standard input, one after the other.
///
/// Holds one buffer and at most one line in memory, whatever the input. A UTF-8 byte order mark at
/// the start belongs to no line. Not thread-safe; `next` blocks until the input has a line.
class line_source {
public:
  static constexpr std::size_t default_max_line_bytes = std::size_t{1} << 20U;

  /// @param path A file's path, or "-" for standard input.
  /// @param max_line_bytes Longest line, without its end, that is delivered.
  /// @returns `invalid_input` with the path and the system's reason if the file cannot be opened
  ///          or is a directory.
  [[nodiscard]] static result<line_source>
  open(std::string path, std::size_t max_line_bytes = default_max_line_bytes);

  /// The next line, nothing at the end. @returns `invalid_input` if the system cannot read on.
  [[nodiscard]] result<std::optional<line>> next();

  /// Is there something to read, or the end? Waits for it for so long. Always true of files.
  [[nodiscard]] bool ready(std::chrono::milliseconds wait) const;

  /// As given to `open`.
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// All bytes that there are to read, if the input is a regular file; as of `open`.
  [[nodiscard]] std::optional<std::uint64_t> total_bytes() const noexcept { return total_bytes_; }
  /// Lines so far, those that were too long included.
  [[nodiscard]] std::uint64_t lines() const noexcept { return lines_; }
  /// Bytes so far: the offset at which the next line starts.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return offset_; }

private:
  /// Closes what it opened.
  class descriptor {
  public:
    descriptor(int number, bool owned) noexcept : number_(number), owned_(owned) {}
    descriptor(descriptor&& other) noexcept;
    descriptor& operator=(descriptor&& other) noexcept;
    ~descriptor();
    [[nodiscard]] int number() const noexcept { return number_; }

  private:
    int number_;
    bool owned_;
  };

  line_source(std::string path, descriptor file, std::size_t max_line_bytes);

  [[nodiscard]] result<void> skip_byte_order_mark();
  /// Appends to the buffer. @returns whether there was something.
  [[nodiscard]] result<bool> read_more();
  [[nodiscard]] line make_line(std::string_view text, bool has_line_feed, bool too_long,
                               std::uint64_t offset);

  std::string path_;
  descriptor file_;
  std::size_t max_line_bytes_;
  std::optional<std::uint64_t> total_bytes_;
  std::vector<char> buffer_;
  /// The unread part of the buffer.
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool at_end_ = false;
  /// A line that did not fit into the rest of the buffer.
  std::string carry_;
  std::uint64_t lines_ = 0;
  std::uint64_t offset_ = 0;
};

} // namespace lockstep
