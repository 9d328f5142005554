#include "model/workflow/conformance.hpp"

#include <cassert>
#include <utility>

namespace lockstep {

conformance::conformance(std::shared_ptr<const specification> spec, implementation_model model)
    : spec_(std::move(spec)), model_(std::make_shared<implementation_model>(std::move(model))) {
  assert(spec_ != nullptr && spec_->name() == model_->specification);
}

judgement conformance::observe(const transition& step) {
  if (model_->learning)
    return {model_->transitions.insert(step).second ? verdict::learned : verdict::conforms};
  if (model_->transitions.contains(step))
    return {verdict::conforms};
  if (const auto known = judgements_.find(step); known != judgements_.end())
    return known->second;
  auto given = answer_to({spec_, model_, minimised_, check_, step});
  remember(given);
  return std::move(given.found);
}

std::optional<question> conformance::pending(const transition& step) const {
  if (model_->learning || model_->transitions.contains(step) || judgements_.contains(step))
    return std::nullopt;
  return question{spec_, model_, minimised_, check_, step};
}

void conformance::remember(const answer& given) {
  const auto& asked = given.asked;
  if (asked.spec != spec_ || asked.model != model_)
    return;
  if (judgements_.size() == max_remembered)
    forget_judgements();
  minimised_ = asked.minimised;
  check_ = asked.check;
  auto found = given.found;
  if (!found.explanation.empty() && ++explanations_ > max_remembered_explanations)
    found.explanation.clear();
  judgements_.insert_or_assign(asked.step, std::move(found));
}

void conformance::replace(implementation_model model) {
  assert(spec_->name() == model.specification);
  model_ = std::make_shared<implementation_model>(std::move(model));
  check_ = nullptr;
  forget_judgements();
}

void conformance::declare(std::shared_ptr<const specification> spec) {
  assert(spec->name() == model_->specification);
  spec_ = std::move(spec);
  minimised_ = nullptr;
  check_ = nullptr;
  forget_judgements();
}

std::size_t conformance::checked_transitions() const noexcept {
  return model_->learning ? 0 : spec_->transitions().size() + model_->transitions.size();
}

void conformance::forget_judgements() {
  judgements_.clear();
  explanations_ = 0;
}

} // namespace lockstep
