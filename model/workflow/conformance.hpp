#pragma once

#include "model/workflow/implementation_model.hpp"
#include "model/workflow/specification.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string_view>

namespace lockstep {

/// What the observation of a step says about its implementation. Part of the format on disk: append
/// only, never renumber.
enum class verdict : std::uint8_t {
  /// The model has the transition.
  conforms = 0,
  /// The transition was new and is now part of the model.
  learned = 1,
  /// The transition is unknown; with it, the model would be branching bisimilar to its
  /// specification.
  deviation_still_equivalent = 2,
  /// The transition is unknown; with it, the model would not do what its specification says.
  deviation_not_equivalent = 3,
};

/// The verdict's name as it is written in logs, JSON and scripts, e.g. `learned`.
[[nodiscard]] std::string_view to_string(verdict outcome) noexcept;

/// The observation rule of one specification: judges the steps of its instances against its
/// implementation model, and extends the model while learning.
///
/// A value that owns its model and shares the specification, which nobody changes. Not thread-safe:
/// one shard owns one for each specification; copies are independent of each other.
class conformance {
public:
  /// Verdicts on unknown transitions that are remembered at most, so that an implementation that
  /// invents names cannot fill the memory. Beyond that they are computed again.
  static constexpr std::size_t max_remembered_verdicts = 10'000;

  /// @pre `spec` is not null and is the specification that `model` names.
  conformance(std::shared_ptr<const specification> spec, implementation_model model);

  /// Observes one step. A known transition conforms. An unknown one is added while learning;
  /// otherwise the model stays as it is and the verdict tells whether model and transition together
  /// are branching bisimilar to the specification.
  ///
  /// The first time this costs a check of both systems; the verdict is remembered until the model
  /// changes.
  [[nodiscard]] verdict observe(const transition& step);

  /// Puts another model of the same specification in place and forgets all verdicts.
  void replace(implementation_model model);

  [[nodiscard]] const implementation_model& model() const noexcept { return model_; }
  [[nodiscard]] const specification& spec() const noexcept { return *spec_; }

private:
  [[nodiscard]] verdict judge(const transition& step) const;

  std::shared_ptr<const specification> spec_;
  implementation_model model_;
  /// Of transitions that the model does not have.
  std::map<transition, verdict> verdicts_;
};

} // namespace lockstep
