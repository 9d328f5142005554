#pragma once

#include "model/workflow/judgement.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <optional>

namespace lockstep {

/// The observation rule of one specification: judges the steps of its instances against its
/// implementation model, and extends the model while learning.
///
/// To judge an unknown step takes a check of both systems. Whoever must not wait for that asks
/// `pending` first, has the question answered elsewhere, and gives the answer to `remember`.
///
/// Not thread-safe: one shard owns one for each specification. A model that questions share never
/// changes: while it learns nobody asks, and afterwards there is another one.
class conformance {
public:
  /// Judgements of unknown transitions that are remembered at most, so that an implementation that
  /// invents names cannot fill the memory. Beyond that they are found again.
  static constexpr std::size_t max_remembered = 10'000;
  /// So many of them at most with their explanations, which are larger.
  static constexpr std::size_t max_remembered_explanations = 1'000;

  /// @pre `spec` is not null and is the specification that `model` names.
  conformance(std::shared_ptr<const specification> spec, implementation_model model);

  conformance(conformance&&) = default;
  conformance& operator=(conformance&&) = default;

  /// Observes one step. A known transition conforms. An unknown one is added while learning;
  /// otherwise the model stays as it is and the verdict tells whether model and transition together
  /// are branching bisimilar to the specification.
  ///
  /// The first time this costs a check of both systems, however large; the judgement is remembered
  /// until the model changes.
  [[nodiscard]] judgement observe(const transition& step);

  /// What `observe` would have to find out; nothing while learning, and for a step that is known or
  /// judged already.
  [[nodiscard]] std::optional<question> pending(const transition& step) const;

  /// What a check takes time for: the transitions of both. 0 while learning, when none is needed.
  [[nodiscard]] std::size_t checked_transitions() const noexcept;

  /// Takes in what was found about a question. Of no effect if the model or the specification is
  /// another one by now.
  void remember(const answer& given);

  /// Puts another model of the same specification in place and forgets all judgements.
  void replace(implementation_model model);

  /// Puts another version of the specification in place and forgets all judgements.
  void declare(std::shared_ptr<const specification> spec);

  [[nodiscard]] const implementation_model& model() const noexcept { return *model_; }
  [[nodiscard]] const specification& spec() const noexcept { return *spec_; }

private:
  void forget_judgements();

  std::shared_ptr<const specification> spec_;
  std::shared_ptr<implementation_model> model_;
  /// Of the specification, whatever the model. Null until somebody needs it.
  std::shared_ptr<const minimised_specification> minimised_;
  /// Of both. Null until somebody needs it.
  std::shared_ptr<const online_check> check_;
  /// Of transitions that the model does not have.
  std::map<transition, judgement> judgements_;
  std::size_t explanations_ = 0;
};

} // namespace lockstep
