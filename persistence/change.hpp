#pragma once

#include "model/term/term.hpp"
#include "model/time.hpp"
#include "model/workflow/conformance.hpp"
#include "model/workflow/instance.hpp"
#include "model/workflow/transition.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace lockstep {

/// An instance comes into being, or takes the place of one with the same identifier whose history
/// then is forgotten. It has no steps yet; `head.step_count` is 0.
struct put_instance {
  instance_head head;
};

/// An instance makes a step: appended to its history, whatever its length.
struct append_step {
  term identifier;
  /// From 1; one more than the instance had.
  std::uint64_t number = 1;
  lockstep::step step;
  /// When the instance becomes late if no further step comes.
  std::optional<timestamp> deadline;
  /// Remembered with the step, so that a repetition is recognised. Empty: not remembered.
  std::string operation_id;
  /// What a repetition is answered: the worse of the step's verdict and that of an initialisation
  /// by the same request.
  verdict operation_outcome = verdict::conforms;
};

/// An instance was reported late: counted, and its deadline is over.
struct mark_late {
  term identifier;
};

/// An instance and its history go. Its operations stay remembered.
struct delete_instance {
  term identifier;
};

/// A model comes into being, or its learning mode changes.
struct put_model {
  std::string specification;
  bool learning = false;
};

/// A model learns a transition. The model must have been put before.
struct learn_transition {
  std::string specification;
  transition learned;
};

using change = std::variant<put_instance, append_step, mark_late, delete_instance, put_model,
                            learn_transition>;

/// Changes in the order in which they happened; stored together or not at all.
using batch = std::vector<change>;

} // namespace lockstep
