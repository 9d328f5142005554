#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lockstep {

/// Text from outside as messages show it: in double quotes, always UTF-8 and on one line. Control
/// characters and bytes that are no UTF-8 become `\xHH`; what is longer than 80 characters is cut
/// and ends in `...`.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// A whole text from outside, e.g. a path, without quotes and on one line: what `in_quotes` escapes
/// becomes `\xHH`.
[[nodiscard]] std::string on_one_line(std::string_view text);

/// As `in_quotes`, in backticks, for names of states and actions in running text.
[[nodiscard]] std::string in_backticks(std::string_view text);

/// A name between two marks, where different names must look different: like `in_quotes`, but
/// marks and backslashes in it have a backslash before them.
/// @param max_characters What is longer is cut, too.
[[nodiscard]] std::string quoted_name(std::string_view name, char mark,
                                      std::size_t max_characters = 80);

} // namespace lockstep
