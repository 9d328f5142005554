#pragma once

#include <string>
#include <string_view>

namespace lockstep {

/// Text from outside for a message: in double quotes, cut after 80 bytes, always UTF-8. Control
/// characters and bytes that are no UTF-8 become `\xHH`.
[[nodiscard]] std::string quoted(std::string_view text);

} // namespace lockstep
