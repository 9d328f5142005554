#pragma once

#include "app/input/timestamp_format.hpp"
#include "model/failure.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <caf/settings.hpp>

namespace lockstep {

enum class input_format : std::uint8_t {
  /// Lines of text, cut into fields by regular expressions.
  lines,
  /// RFC 4180 with a header row.
  csv,
  /// One JSON value a line.
  jsonl,
};

/// How text becomes an identifier. JSON values that are no text become the term they stand for.
enum class identifier_type : std::uint8_t {
  binary,
  /// Decimal, of any size.
  integer,
  atom,
  /// Erlang text, e.g. `{order, 5}`.
  term,
};

enum class malformed_policy : std::uint8_t { stop, skip };

/// Turns matching log lines into events. The named groups of `pattern` are an event's fields:
/// `identifier`, `action`, `state`, `timestamp`, `operation`.
struct log_rule {
  /// In RE2's syntax; found anywhere in the line. Must have the group `identifier`.
  std::string pattern;
  /// The action of every line that matches; empty if the group `action` captures it.
  std::string action;
  /// The state after it; empty if the group `state` captures it or `states` gives it.
  std::string state;

  friend bool operator==(const log_rule&, const log_rule&) = default;
};

/// Where a record has the fields of an event: columns' names in CSV, JSON pointers in JSON lines.
struct field_names {
  std::string identifier;
  std::string action;
  std::optional<std::string> state;
  std::optional<std::string> timestamp;
  std::optional<std::string> operation;

  friend bool operator==(const field_names&, const field_names&) = default;
};

/// Names by other names.
using name_map = std::map<std::string, std::string, std::less<>>;

/// How to read events from an input: the configuration's section `input`.
struct input_options {
  input_format format = input_format::lines;

  /// Whose instances the events are about; nothing for the only specification there is.
  std::optional<std::string> specification;

  /// First part of operation ids; by default the input's path as given. Set it if the same input
  /// is read under several paths: only with equal ids are its steps recorded once.
  std::optional<std::string> source;

  /// Default `iso8601`.
  lockstep::timestamp_format timestamp_format;

  identifier_type identifier_as = identifier_type::binary;

  /// What follows a record that cannot be read: `stop` ends with an error that names the place,
  /// `skip` counts it and goes on.
  malformed_policy on_malformed = malformed_policy::stop;

  /// Longest record, in bytes; default 1 MiB. Bounds the memory that any input can take. A longer
  /// log line is skipped and counted, a longer CSV or JSON record is malformed.
  std::size_t max_record_bytes = std::size_t{1} << 20U;

  /// Only `lines`: the first rule that matches a line makes the event. At least one.
  std::vector<log_rule> rules;

  /// Only `csv`: one byte between fields.
  char separator = ',';

  /// Only `csv` and `jsonl`.
  field_names fields;

  /// An action's name by its text in the input; text that is not listed is the name itself. Records
  /// whose action is mapped to "" are counted and ignored.
  name_map actions;

  /// The state after an action by the action's name; a state in the record itself comes first. An
  /// action that is not listed leads to the state of the same name.
  name_map states;
};

/// Reads the section. Unknown options, options of another format, wrong types and values that
/// cannot be used are errors.
/// @param where How messages name the section, e.g. `nova.conf: input`.
/// @returns `invalid_configuration` with a message that names section and option.
[[nodiscard]] result<input_options> parse_input_options(const caf::settings& section,
                                                        std::string_view where);

} // namespace lockstep
