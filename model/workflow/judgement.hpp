#pragma once

#include "model/term/term.hpp"
#include "model/workflow/implementation_model.hpp"
#include "model/workflow/minimised_specification.hpp"
#include "model/workflow/online_check.hpp"
#include "model/workflow/specification.hpp"
#include "model/workflow/transition.hpp"
#include "model/workflow/verdict.hpp"

#include <map>
#include <memory>
#include <string>

namespace lockstep {

/// What is found about a step.
struct judgement {
  verdict outcome = verdict::conforms;
  /// Why, as data for a failure's context: see `deviation_explanation`. Only of
  /// `deviation_not_equivalent`.
  std::map<std::string, term> explanation{};
};

/// Is a model, with one more transition, still what its specification says? With everything that
/// it takes to answer on any thread: nobody changes what the question shares.
struct question {
  std::shared_ptr<const specification> spec;
  std::shared_ptr<const implementation_model> model;
  /// Null if nobody has prepared it yet.
  std::shared_ptr<const minimised_specification> minimised;
  /// Of both; null if nobody has prepared it yet.
  std::shared_ptr<const online_check> check;
  /// The model does not have it.
  transition step;

  /// Whatever is prepared.
  friend bool operator==(const question& lhs, const question& rhs) {
    return lhs.spec == rhs.spec && lhs.model == rhs.model && lhs.step == rhs.step;
  }
};

struct answer {
  /// With everything prepared.
  question asked;
  judgement found;
};

/// May take long. For any thread.
[[nodiscard]] answer answer_to(question asked);

} // namespace lockstep
