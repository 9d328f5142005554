#include "model/workflow/error_policy.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace lockstep {

namespace {

constexpr std::array<std::pair<severity, std::string_view>, 5> names{{
    {severity::off, "off"},
    {severity::debug, "debug"},
    {severity::info, "info"},
    {severity::warning, "warning"},
    {severity::error, "error"},
}};

} // namespace

std::string_view to_string(severity level) noexcept {
  const auto found = std::ranges::find(names, level, &std::pair<severity, std::string_view>::first);
  return found == names.end() ? "warning" : found->second;
}

std::optional<severity> parse_severity(std::string_view name) noexcept {
  const auto found = std::ranges::find(names, name, &std::pair<severity, std::string_view>::second);
  return found == names.end() ? std::nullopt : std::optional{found->first};
}

} // namespace lockstep
