#include "model/workflow/judgement.hpp"

#include "model/workflow/deviation_explanation.hpp"

#include <utility>

namespace lockstep {

answer answer_to(question asked) {
  if (!asked.minimised)
    asked.minimised = std::make_shared<const minimised_specification>(asked.spec);
  if (!asked.check)
    asked.check = std::make_shared<const online_check>(asked.minimised, asked.model);
  judgement found{verdict::deviation_still_equivalent};
  if (!asked.check->still_equivalent(asked.step))
    found = {verdict::deviation_not_equivalent,
             explain_deviation(*asked.spec, *asked.model, asked.step).data};
  return {std::move(asked), std::move(found)};
}

} // namespace lockstep
