#pragma once

#include "model/failure.hpp"

#include <string>
#include <string_view>

namespace lockstep {

/// Base64 as of RFC 4648, section 4: with padding, without line breaks.
[[nodiscard]] std::string to_base64(std::string_view bytes);

/// Strict: each sequence of bytes has one text only, that which `to_base64` writes.
/// @returns `invalid_term` with the first column that is not Base64.
[[nodiscard]] result<std::string> from_base64(std::string_view text);

} // namespace lockstep
