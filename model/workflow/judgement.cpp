#include "model/workflow/judgement.hpp"

#include <utility>

namespace lockstep {

namespace {

std::map<std::string, term> explanation_of(const question&) { return {}; }

} // namespace

answer answer_to(question asked) {
  if (!asked.check)
    asked.check = std::make_shared<const online_check>(asked.spec, asked.model);
  judgement found{verdict::deviation_still_equivalent};
  if (!asked.check->still_equivalent(asked.step))
    found = {verdict::deviation_not_equivalent, explanation_of(asked)};
  return {std::move(asked), std::move(found)};
}

} // namespace lockstep
