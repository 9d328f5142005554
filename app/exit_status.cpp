#include "app/exit_status.hpp"

namespace lockstep {

exit_status exit_status_of(ec code) noexcept {
  switch (code) {
  case ec::deviation_still_equivalent:
  case ec::deviation_not_equivalent:
  case ec::transition_timeout:
  case ec::expectation_failed:
    return exit_status::findings;
  case ec::instance_identifier_already_in_use:
  case ec::instance_identifier_not_found:
  case ec::impl_model_not_found:
  case ec::unknown_specification:
  case ec::invalid_specification:
  case ec::invalid_spex_file:
  case ec::invalid_term:
  case ec::invalid_configuration:
  case ec::invalid_input:
  case ec::invalid_argument:
  case ec::store_failure:
  case ec::store_too_new:
  case ec::already_registered:
  case ec::unavailable:
  case ec::callback_failed:
  case ec::instance_quarantined:
  case ec::overloaded:
  case ec::request_expired:
    return exit_status::error;
  }
  return exit_status::error;
}

} // namespace lockstep
