#pragma once

#include "app/input/line_source.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// Puts the lines of an RFC 4180 document together into records, one line at a time.
///
/// A record is one line or, if line breaks stand between quotes, several. Line breaks within a
/// field are kept as they are. Quotes may stand only around a whole field, and doubled within it.
class csv_parser {
public:
  enum class status : std::uint8_t {
    /// A quoted field goes on in the next line.
    more,
    /// `fields` has the record.
    complete,
    /// `problem` and `column` say why this line cannot be read; the record is dropped.
    malformed,
  };

  struct position {
    std::uint64_t line = 0;
    /// In bytes, from 1.
    std::uint64_t column = 0;
  };

  /// @param max_record_bytes Longest record, counted in bytes of its fields.
  csv_parser(char separator, std::size_t max_record_bytes)
      : separator_(separator), max_record_bytes_(max_record_bytes) {}

  /// Takes a line: the first of a record, or after `more` its next.
  [[nodiscard]] status feed(const line& next);

  /// Drops a record that is not complete.
  void reset();

  /// Valid until the next call of `feed` or `reset`.
  [[nodiscard]] std::span<const std::string> fields() const { return {fields_.data(), count_}; }
  /// Where each of the fields starts.
  [[nodiscard]] std::span<const position> positions() const { return {positions_.data(), count_}; }

  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] std::size_t column() const { return column_; }

private:
  enum class place : std::uint8_t { field_start, unquoted, quoted, behind_quote };

  void begin_field(position at);
  [[nodiscard]] status refuse(std::string problem, std::size_t column);

  char separator_;
  std::size_t max_record_bytes_;
  place place_ = place::field_start;
  bool in_record_ = false;
  /// Strings keep their memory from record to record; the first `count_` are in use.
  std::vector<std::string> fields_;
  std::vector<position> positions_;
  std::size_t count_ = 0;
  std::size_t record_bytes_ = 0;
  std::string problem_;
  std::size_t column_ = 0;
};

} // namespace lockstep
