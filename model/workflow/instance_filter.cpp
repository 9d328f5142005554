#include "model/workflow/instance_filter.hpp"

namespace lockstep {

bool matches(const instance_filter& filter, const instance_head& instance, timestamp now) {
  if (!filter.specification.empty() && filter.specification != instance.specification)
    return false;
  if (!filter.state.empty() && filter.state != instance.current_state)
    return false;
  return !filter.idle_for
         || (instance.step_count > 0 && idle_time(instance, now) >= *filter.idle_for);
}

} // namespace lockstep
