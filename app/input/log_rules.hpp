#pragma once

#include "app/input/input_options.hpp"
#include "app/input/record_reader.hpp"

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <re2/re2.h>

namespace lockstep {

/// The rules of a log, compiled.
class log_rules {
public:
  /// @param where How messages name the section with the rules.
  /// @returns `invalid_configuration` with the rule's number and pattern, if there are no rules, a
  ///          pattern does not compile, has groups of unknown names, lacks the identifier or says
  ///          what the action or state is both twice or not at all.
  [[nodiscard]] static result<log_rules> compile(std::span<const log_rule> rules,
                                                 std::string_view where);

  /// The record that the first matching rule makes of a line; nothing if none matches. The views
  /// in it point into the text and into the rules. A byte that is no UTF-8 matches what a control
  /// character does.
  [[nodiscard]] std::optional<record> match(std::string_view text);

private:
  static constexpr std::size_t field_count = 5;

  struct compiled_rule {
    log_rule source;
    std::unique_ptr<re2::RE2> pattern;
    /// The number of each field's group, in the order of the fields' names; 0 for none.
    std::array<int, field_count> groups{};
  };

  [[nodiscard]] static result<compiled_rule> compile_rule(const log_rule& rule,
                                                          const std::string& place);

  std::vector<compiled_rule> rules_;
  /// What the groups of the last match captured; kept for its memory.
  std::vector<re2::StringPiece> found_;
};

} // namespace lockstep
