#pragma once

#include "model/term/utf8.hpp"

#include <algorithm>
#include <string_view>

namespace lockstep::test {

/// Whether a message can be shown anywhere, whatever the text that it complains about: UTF-8
/// without control characters, and not as long as the text.
[[nodiscard]] inline bool is_presentable(std::string_view message) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  return !message.empty() && message.size() < 1'000 && utf8::length(message)
         && std::ranges::none_of(message, is_control);
}

} // namespace lockstep::test
