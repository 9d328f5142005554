#pragma once

#include "model/term/term.hpp"
#include "model/time.hpp"
#include "model/workflow/instance.hpp"
#include "model/workflow/transition.hpp"
#include "model/workflow/verdict.hpp"
#include "persistence/quarantined_instance.hpp"
#include "persistence/stored_instance.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace lockstep {

/// An instance comes into being. It has no steps yet; `head.step_count` is 0.
struct put_instance {
  instance_head head;
  /// What the store is to call it: larger than all numbers so far, and there is no instance of this
  /// identifier. 0: the store chooses; then the instance takes the place of one with the same
  /// identifier, whose history is forgotten.
  std::uint64_t number = 0;
};

/// An instance makes a step: appended to its history, whatever its length.
struct append_step {
  term identifier;
  /// What the store calls the instance; 0 if the caller does not know. Saves looking it up.
  std::uint64_t instance = 0;
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
  step_reply operation_answered = step_reply::not_kept;
  /// When the operation is recorded: it is kept for some time from then on.
  timestamp recorded_at;
};

/// An instance was reported late: counted, and its deadline is over.
struct mark_late {
  term identifier;
};

/// An instance and its history go. Its operations stay remembered.
struct delete_instance {
  term identifier;
};

/// An instance with its whole history takes the place of one with the same identifier, if there is
/// one: it comes from another store.
struct restore_instance {
  stored_instance instance;
  /// As many as `instance.head.step_count`, oldest first.
  std::vector<lockstep::step> steps;
};

/// An operation is remembered: one that made no step, or as another store remembered it.
struct restore_operation {
  stored_operation operation;
};

/// An operation is forgotten: its repetition would be recorded again.
struct forget_operation {
  std::string id;
};

/// Deadlines up to a time are over without anybody having been reported late.
struct drop_deadlines {
  timestamp until;
};

/// A model takes the place of whatever was known of its specification, without transitions so far.
struct put_model {
  std::string specification;
  bool learning = false;
};

/// A model learns a transition. The model must have been put before.
struct learn_transition {
  std::string specification;
  transition learned;
};

/// A specification was declared while the node ran, or declared anew.
struct put_specification {
  std::string name;
  /// As JSON text.
  std::string declaration;
};

/// The declaration goes; fine if there is none.
struct drop_specification {
  std::string name;
};

/// An instance is quarantined, or again for another reason. Its deadline is over.
struct quarantine_instance {
  quarantined_instance quarantined;
};

/// An instance is quarantined no more; fine if it was not.
struct release_instance {
  term identifier;
};

using change =
    std::variant<put_instance, append_step, mark_late, delete_instance, restore_instance,
                 restore_operation, forget_operation, drop_deadlines, put_model, learn_transition,
                 put_specification, drop_specification, quarantine_instance, release_instance>;

/// Changes in the order in which they happened; stored together or not at all.
using batch = std::vector<change>;

} // namespace lockstep
