#include "model/workflow/deadline.hpp"

namespace lockstep {

std::optional<timestamp> deadline(const specification& spec, const instance_head& instance) {
  if (instance.step_count == 0)
    return std::nullopt;
  return deadline(spec, instance.current_state, instance.last_step_at);
}

std::optional<timestamp> deadline(const specification& spec, const std::string& state,
                                  timestamp last_step_at) {
  const auto limit = spec.options().transition_timeout;
  if (!limit || spec.is_terminal(state))
    return std::nullopt;
  if (*limit > duration::zero() && last_step_at > timestamp::max() - *limit)
    return std::nullopt;
  return last_step_at + *limit;
}

} // namespace lockstep
