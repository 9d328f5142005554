#pragma once

#include "app/input/event.hpp"
#include "app/input/input_options.hpp"
#include "model/failure.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lockstep {

/// What a reader has seen so far. Each record counts in one of `events`, `unmatched`, `ignored`,
/// `malformed` and `too_long`; a CSV header and blank lines of CSV and JSON in none of them.
struct input_counters {
  /// How many `malformed_examples` are kept.
  static constexpr std::size_t max_examples = 5;

  std::uint64_t lines = 0;
  std::uint64_t bytes = 0;
  std::uint64_t events = 0;
  /// About no instance: log lines that no rule matches, JSON values without identifier or action.
  std::uint64_t unmatched = 0;
  /// Of an action that the option `actions` maps to "".
  std::uint64_t ignored = 0;
  /// That could not be read, or whose fields could not.
  std::uint64_t malformed = 0;
  /// Log lines over `max_record_bytes`. In CSV and JSON, such a record is malformed.
  std::uint64_t too_long = 0;
  /// The first malformed records, as `next` reports them.
  std::vector<failure> malformed_examples;
};

/// The events of one input, in the input's order. Not thread-safe; `next` blocks on the input.
class event_reader {
public:
  event_reader() = default;
  event_reader(const event_reader&) = delete;
  event_reader& operator=(const event_reader&) = delete;
  virtual ~event_reader();

  /// The next event; nothing at the end, see `ended`, and nothing too when what has arrived of a
  /// pipe holds no further event.
  /// @returns `invalid_input` with `path:line:column: reason` for a malformed record, if the option
  ///          `on-malformed` is `stop`; a further call goes on behind it. `invalid_input` too if
  ///          the system cannot read on.
  [[nodiscard]] virtual result<std::optional<event>> next() = 0;

  /// Was the end of the input seen?
  [[nodiscard]] virtual bool ended() const noexcept = 0;

  /// Is there something to read, or the end? Waits for it for so long. Always true of files.
  [[nodiscard]] virtual bool ready(std::chrono::milliseconds wait) const = 0;

  [[nodiscard]] virtual const input_counters& counters() const noexcept = 0;

  /// All bytes of the input if it is a regular file, to compare `counters().bytes` with.
  [[nodiscard]] virtual std::optional<std::uint64_t> total_bytes() const noexcept = 0;
};

/// Opens an input. @param path A file's path, or "-" for standard input.
/// @returns `invalid_input` if the file cannot be read, or is CSV without the columns that the
///          options name; `invalid_configuration` for options that cannot be used.
[[nodiscard]] result<std::unique_ptr<event_reader>> open_reader(const input_options& options,
                                                                const std::string& path);

} // namespace lockstep
