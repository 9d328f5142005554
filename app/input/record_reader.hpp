#pragma once

#include "app/input/line_source.hpp"
#include "model/term/term.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace lockstep {

/// The fields of one record as they stand in the input, before names are mapped and checked.
/// What is nothing is not in the record. Views live until the reader's next call.
struct record {
  /// Text, or a JSON value that is no text.
  std::variant<std::string_view, term> identifier;
  std::string_view action;
  std::optional<std::string_view> state;
  std::optional<std::string_view> timestamp;
  std::optional<std::string_view> operation;
  /// Of the line that the record starts on.
  std::uint64_t line = 0;
  std::uint64_t offset = 0;
};

/// A record that is about no instance.
struct unmatched_record {};

/// A line that the source skipped because of its length.
struct too_long_record {};

/// A record that cannot be read.
struct malformed_record {
  std::uint64_t line = 0;
  /// In bytes, from 1; 0 if no one place in the line is to blame.
  std::uint64_t column = 0;
  std::string reason;
};

struct end_of_input {};

using record_outcome =
    std::variant<end_of_input, record, unmatched_record, too_long_record, malformed_record>;

/// Cuts lines into records: what differs between the formats.
class record_reader {
public:
  record_reader() = default;
  record_reader(const record_reader&) = delete;
  record_reader& operator=(const record_reader&) = delete;
  virtual ~record_reader() = default;

  /// Takes as many lines as the next record has. @returns `invalid_input` only if the source does.
  [[nodiscard]] virtual result<record_outcome> next(line_source& source) = 0;
};

} // namespace lockstep
