#include "model/workflow/pruning.hpp"

#include <algorithm>

namespace lockstep {

namespace {

bool is_prunable_state(const specification& spec, const std::string& state) {
  const auto& prunable = spec.options().prunable_states;
  switch (prunable.which) {
  case prunable_states::kind::none:
    return false;
  case prunable_states::kind::all:
    return true;
  case prunable_states::kind::terminal:
    return spec.is_terminal(state);
  case prunable_states::kind::listed:
    return std::ranges::find(prunable.states, state) != prunable.states.end();
  }
  return false;
}

} // namespace

bool prunes(const specification& spec) {
  return spec.options().prune_timeout.has_value()
         && spec.options().prunable_states.which != prunable_states::kind::none;
}

bool is_prunable(const specification& spec, const instance_head& instance, timestamp now) {
  const auto limit = spec.options().prune_timeout;
  return limit && instance.step_count > 0 && idle_time(instance, now) > *limit
         && is_prunable_state(spec, instance.current_state);
}

} // namespace lockstep
