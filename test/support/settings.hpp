#pragma once

#include <sstream>
#include <string>

#include <caf/actor_system_config.hpp>
#include <caf/settings.hpp>
#include <catch2/catch_test_macros.hpp>

namespace lockstep::test {

/// Configuration text as CAF reads it.
inline caf::settings settings_from(const std::string& text) {
  std::istringstream stream{text};
  auto parsed = caf::actor_system_config::parse_config(stream);
  const auto is_configuration = static_cast<bool>(parsed);
  REQUIRE(is_configuration);
  return *parsed;
}

} // namespace lockstep::test
