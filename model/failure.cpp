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
  case ec::not_registered:
    return "not_registered";
  case ec::max_children:
    return "max_children";
  case ec::child_not_found:
    return "child_not_found";
  case ec::child_parked:
    return "child_parked";
  case ec::not_started:
    return "not_started";
  case ec::already_started:
    return "already_started";
  case ec::key_map_population_failed:
    return "key_map_population_failed";
  case ec::failed_to_start_initial_child:
    return "failed_to_start_initial_child";
  case ec::key_map_update_failed:
    return "key_map_update_failed";
  case ec::shard_not_found:
    return "shard_not_found";
  case ec::occupied:
    return "occupied";
  case ec::below_watermark:
    return "below_watermark";
  case ec::not_reserved:
    return "not_reserved";
  case ec::read_blocked:
    return "read_blocked";
  case ec::version_collected:
    return "version_collected";
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
