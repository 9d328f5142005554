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
  case ec::not_registered:
  case ec::max_children:
  case ec::child_not_found:
  case ec::child_parked:
  case ec::not_started:
  case ec::already_started:
  case ec::key_map_population_failed:
  case ec::failed_to_start_initial_child:
  case ec::key_map_update_failed:
  case ec::shard_not_found:
  case ec::occupied:
  case ec::below_watermark:
  case ec::not_reserved:
  case ec::read_blocked:
  case ec::version_collected:
    return exit_status::error;
  }
  return exit_status::error;
}

} // namespace lockstep
