#pragma once

#include "model/workflow/source_position.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>

namespace lockstep {

/// Gives a text line by line, without line ends (LF or CRLF).
class line_reader {
public:
  /// @param first_line The number of the first line.
  explicit line_reader(std::string_view text, std::size_t first_line = 1)
      : text_(text), number_(first_line - 1) {
    // nop
  }

  /// Nothing at the end; a text that ends with a line end has no empty line after it.
  [[nodiscard]] std::optional<std::string_view> next() {
    if (offset_ >= text_.size())
      return std::nullopt;
    const auto size = std::min(text_.find('\n', offset_), text_.size()) - offset_;
    auto line = text_.substr(offset_, size);
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    offset_ += size + 1;
    ++number_;
    return line;
  }

  /// Of the line that `next` gave last.
  [[nodiscard]] std::size_t number() const noexcept { return number_; }
  /// Of the line after it.
  [[nodiscard]] std::size_t offset() const noexcept { return std::min(offset_, text_.size()); }

private:
  std::string_view text_;
  std::size_t offset_ = 0;
  std::size_t number_;
};

/// Goes through a line from left to right.
class line_cursor {
public:
  line_cursor(std::string_view line, std::size_t number) : line_(line), number_(number) {
    // nop
  }

  [[nodiscard]] std::string_view rest() const { return line_.substr(offset_); }
  /// The line without what comes after so many bytes of the rest.
  [[nodiscard]] std::string_view line_up_to(std::size_t bytes) const {
    return line_.substr(0, offset_ + bytes);
  }
  [[nodiscard]] bool at_end() const { return offset_ == line_.size(); }
  [[nodiscard]] source_position here() const { return {number_, offset_ + 1}; }
  [[nodiscard]] bool is_at(std::string_view token) const { return rest().starts_with(token); }

  void skip(std::size_t bytes) { offset_ = std::min(offset_ + bytes, line_.size()); }

  void skip_blanks() { offset_ = std::min(line_.find_first_not_of(" \t", offset_), line_.size()); }

  [[nodiscard]] bool take(std::string_view token) {
    if (!is_at(token))
      return false;
    skip(token.size());
    return true;
  }

private:
  std::string_view line_;
  std::size_t number_;
  std::size_t offset_ = 0;
};

} // namespace lockstep
