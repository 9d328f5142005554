#pragma once

#include "model/workflow/source_position.hpp"
#include "model/workflow/specification.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// What a line `lockstep: KEY = VALUE` of a picture says after the colon.
struct setting_line {
  std::string text;
  /// Of the text's first byte.
  source_position at;
  /// Whether columns can be counted on from `at`; not if the text had entities.
  bool is_verbatim = true;
};

/// A name and options of a specification, collected line by line:
///
///     specification = Order
///     transition_timeout = 30s
///     prune_timeout = 7d
///     prunable_states = terminal        (or all, none, [paid, "in transit"])
///     swallow = [deviation_still_equivalent]
///     log.deviation_not_equivalent = error
///
/// A value or an element of a list can be in double quotes, then `\"` and `\\` are a quote and a
/// backslash. It has to be if it begins with a quote or, in a list, has a comma, bracket or
/// quote in it.
class specification_settings {
public:
  /// @param source How messages name the text.
  explicit specification_settings(std::string_view source) : source_(source) {
    // nop
  }

  /// @returns `invalid_specification` with a position: unknown and repeated keys, bad values.
  [[nodiscard]] result<void> read(const setting_line& line);

  [[nodiscard]] const std::optional<std::string>& name() const noexcept { return name_; }
  [[nodiscard]] const specification_options& options() const noexcept { return options_; }
  /// Where a listed prunable state is first.
  [[nodiscard]] const std::map<std::string, source_position>& prunable_positions() const noexcept {
    return prunable_positions_;
  }

private:
  struct assignment;

  [[nodiscard]] result<void> read_value(const assignment& given);
  [[nodiscard]] result<void> read_name(const assignment& given);
  [[nodiscard]] result<void> read_limit(const assignment& given, time_limit& limit);
  [[nodiscard]] result<void> read_prunable_states(const assignment& given);
  [[nodiscard]] result<void> read_swallowed(const assignment& given);
  [[nodiscard]] result<void> read_logged(const assignment& given);

  std::string_view source_;
  std::map<std::string, source_position> seen_;
  std::optional<std::string> name_;
  specification_options options_;
  std::map<std::string, source_position> prunable_positions_;
};

/// The settings that read as the specification's name and its options, those with their default
/// value left out.
[[nodiscard]] std::vector<std::string> setting_texts(const specification& spec);

/// A text in double quotes.
struct quoted_text {
  std::string text;
  /// How long it is with its quotes and escapes.
  std::size_t length;
};

/// Reads the quoted text that `text` begins with. The escapes are `\"` and `\\`.
/// @returns Nothing if there is none, or if it does not end.
[[nodiscard]] std::optional<quoted_text> read_quoted(std::string_view text);

} // namespace lockstep
