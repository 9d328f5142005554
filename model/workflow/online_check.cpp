#include "model/workflow/online_check.hpp"

#include "model/bisimulation/branching_bisimulation.hpp"

#include <utility>

namespace lockstep {

online_check::online_check(std::shared_ptr<const specification> spec,
                           std::shared_ptr<const implementation_model> model)
    : spec_(std::move(spec)), model_(std::move(model)) {}

bool online_check::still_equivalent(const transition& step) const {
  auto extended = *model_;
  extended.transitions.insert(step);
  return equivalent(extended, *spec_);
}

} // namespace lockstep
