#include "model/workflow/conformance.hpp"

#include "model/bisimulation/branching_bisimulation.hpp"

#include <cassert>
#include <utility>

namespace lockstep {

std::string_view to_string(verdict outcome) noexcept {
  switch (outcome) {
  case verdict::conforms:
    return "conforms";
  case verdict::learned:
    return "learned";
  case verdict::deviation_still_equivalent:
    return "deviation_still_equivalent";
  case verdict::deviation_not_equivalent:
    return "deviation_not_equivalent";
  }
  return "unknown_verdict"; // from a newer store
}

conformance::conformance(std::shared_ptr<const specification> spec, implementation_model model)
    : spec_(std::move(spec)), model_(std::move(model)) {
  assert(spec_ != nullptr && spec_->name() == model_.specification);
}

verdict conformance::observe(const transition& step) {
  if (model_.learning) {
    if (!model_.transitions.insert(step).second)
      return verdict::conforms;
    verdicts_.clear();
    return verdict::learned;
  }
  if (model_.transitions.contains(step))
    return verdict::conforms;
  if (const auto known = verdicts_.find(step); known != verdicts_.end())
    return known->second;
  const auto outcome = judge(step);
  if (verdicts_.size() == max_remembered_verdicts)
    verdicts_.clear();
  verdicts_.emplace(step, outcome);
  return outcome;
}

void conformance::replace(implementation_model model) {
  assert(spec_->name() == model.specification);
  model_ = std::move(model);
  verdicts_.clear();
}

verdict conformance::judge(const transition& step) const {
  auto extended = model_;
  extended.transitions.insert(step);
  return equivalent(extended, *spec_) ? verdict::deviation_still_equivalent
                                      : verdict::deviation_not_equivalent;
}

} // namespace lockstep
