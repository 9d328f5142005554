#pragma once

#include "model/failure.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// A JSON pointer (RFC 6901).
class json_pointer {
public:
  /// @returns `invalid_configuration` if the text does not start with '/' or has a '~' that is
  ///          neither `~0` nor `~1`. The empty text is the whole document.
  [[nodiscard]] static result<json_pointer> parse(std::string_view text);

  /// Unescaped.
  [[nodiscard]] const std::vector<std::string>& tokens() const noexcept { return tokens_; }

private:
  std::vector<std::string> tokens_;
};

/// Why a text is no JSON.
struct json_problem {
  /// Of the byte that is wrong, from 1.
  std::size_t column = 0;
  std::string reason;
};

/// Checks that a text is one JSON value. Takes memory for its nesting only.
[[nodiscard]] std::optional<json_problem> check_json(std::string_view text);

/// The part of a text that is the value a pointer leads to, without blanks around it; nothing if
/// there is none. Of members of the same name the last counts. Values are never converted, so
/// numbers keep all their digits.
/// @param text One JSON value, as `check_json` accepts it.
[[nodiscard]] std::optional<std::string_view> find_json(std::string_view text,
                                                        const json_pointer& where);

/// The text of a JSON string. @param slice With its quotes, from `find_json`.
[[nodiscard]] std::string decode_json_string(std::string_view slice);

} // namespace lockstep
