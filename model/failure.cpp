#include "model/failure.hpp"

namespace lockstep {

std::string_view to_string(ec code) noexcept {
  switch (code) {
  case ec::instance_identifier_already_in_use:
    return "instance_identifier_already_in_use";
  case ec::instance_identifier_not_found:
    return "instance_identifier_not_found";
  case ec::impl_model_not_found:
    return "impl_model_not_found";
  case ec::deviation_still_equivalent:
    return "deviation_still_equivalent";
  case ec::deviation_not_equivalent:
    return "deviation_not_equivalent";
  case ec::transition_timeout:
    return "transition_timeout";
  case ec::unknown_specification:
    return "unknown_specification";
  case ec::invalid_specification:
    return "invalid_specification";
  case ec::invalid_spex_file:
    return "invalid_spex_file";
  case ec::invalid_term:
    return "invalid_term";
  case ec::invalid_configuration:
    return "invalid_configuration";
  case ec::invalid_input:
    return "invalid_input";
  case ec::invalid_argument:
    return "invalid_argument";
  case ec::store_failure:
    return "store_failure";
  case ec::store_too_new:
    return "store_too_new";
  case ec::already_registered:
    return "already_registered";
  case ec::unavailable:
    return "unavailable";
  case ec::expectation_failed:
    return "expectation_failed";
  case ec::callback_failed:
    return "callback_failed";
  case ec::instance_quarantined:
    return "instance_quarantined";
  case ec::overloaded:
    return "overloaded";
  case ec::request_expired:
    return "request_expired";
  }
  return "unknown_error"; // a code from a newer peer
}

std::optional<ec> parse_ec(std::string_view name) noexcept {
  for (auto number = 1; number <= static_cast<int>(last_ec); ++number)
    if (const auto code = static_cast<ec>(number); to_string(code) == name)
      return code;
  return std::nullopt;
}

} // namespace lockstep
