#include "model/workflow/deadline.hpp"

namespace lockstep {

std::optional<timestamp> deadline(const specification& spec, const instance_head& instance) {
  const auto limit = spec.options().transition_timeout;
  if (!limit || instance.step_count == 0 || spec.is_terminal(instance.current_state))
    return std::nullopt;
  const auto last = instance.last_step_at;
  if (*limit > duration::zero() && last > timestamp::max() - *limit)
    return std::nullopt;
  return last + *limit;
}

} // namespace lockstep
