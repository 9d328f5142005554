#pragma once

/// The types and atoms that travel in messages, each with its number on the wire.

#include "actors/inspection.hpp"
#include "model/failure.hpp"
#include "model/term/term.hpp"
#include "model/workflow/implementation_model.hpp"
#include "model/workflow/instance.hpp"
#include "model/workflow/request.hpp"
#include "persistence/instance_store.hpp"

#include <caf/is_error_code_enum.hpp>
#include <caf/type_id.hpp>

#include <optional>
#include <string>
#include <vector>

namespace lockstep {

/// What a shard holds, for summaries.
struct shard_summary {
  /// The shard's display name.
  std::string shard;
  std::vector<state_count> states;
  deviation_list deviations;
};

template <class Inspector>
bool inspect(Inspector& f, shard_summary& x) {
  return f.object(x).fields(f.field("shard", x.shard), f.field("states", x.states),
                            f.field("deviations", x.deviations));
}

/// What became of one step of a list of them.
struct step_answer {
  /// Meaningful only without an error.
  receipt recorded;
  std::optional<failure> error;
};

template <class Inspector>
bool inspect(Inspector& f, step_answer& x) {
  return f.object(x).fields(f.field("recorded", x.recorded), f.field("error", x.error));
}

/// A child of a supervisor.
struct child_info {
  std::string id;
  bool alive = false;
  std::uint64_t restarts = 0;
};

template <class Inspector>
bool inspect(Inspector& f, child_info& x) {
  return f.object(x).fields(f.field("id", x.id), f.field("alive", x.alive),
                            f.field("restarts", x.restarts));
}

/// Messages carry points in time in this form.
struct point_in_time {
  timestamp at;
};

template <class Inspector>
bool inspect(Inspector& f, point_in_time& x) {
  return f.object(x).fields(f.field("at", x.at));
}

} // namespace lockstep

// Append only: the order gives the numbers.
CAF_BEGIN_TYPE_ID_BLOCK(lockstep, caf::first_custom_type_id)

CAF_ADD_TYPE_ID(lockstep, (lockstep::ec))
CAF_ADD_TYPE_ID(lockstep, (lockstep::term))
CAF_ADD_TYPE_ID(lockstep, (lockstep::point_in_time))
CAF_ADD_TYPE_ID(lockstep, (lockstep::initialisation))
CAF_ADD_TYPE_ID(lockstep, (lockstep::step_report))
CAF_ADD_TYPE_ID(lockstep, (lockstep::receipt))
CAF_ADD_TYPE_ID(lockstep, (std::vector<lockstep::step_report>))
CAF_ADD_TYPE_ID(lockstep, (std::vector<lockstep::step_answer>))
CAF_ADD_TYPE_ID(lockstep, (lockstep::instance))
CAF_ADD_TYPE_ID(lockstep, (lockstep::instance_page))
CAF_ADD_TYPE_ID(lockstep, (std::vector<lockstep::implementation_model>))
CAF_ADD_TYPE_ID(lockstep, (lockstep::shard_summary))
CAF_ADD_TYPE_ID(lockstep, (std::vector<lockstep::shard_summary>))
CAF_ADD_TYPE_ID(lockstep, (std::vector<lockstep::child_info>))

CAF_ADD_ATOM(lockstep, lockstep::atoms, initialise)
CAF_ADD_ATOM(lockstep, lockstep::atoms, step)
CAF_ADD_ATOM(lockstep, lockstep::atoms, mock)
CAF_ADD_ATOM(lockstep, lockstep::atoms, get)
CAF_ADD_ATOM(lockstep, lockstep::atoms, remove)
CAF_ADD_ATOM(lockstep, lockstep::atoms, list)
CAF_ADD_ATOM(lockstep, lockstep::atoms, summarise)
CAF_ADD_ATOM(lockstep, lockstep::atoms, show_models)
CAF_ADD_ATOM(lockstep, lockstep::atoms, adopt_models)
CAF_ADD_ATOM(lockstep, lockstep::atoms, expire)
CAF_ADD_ATOM(lockstep, lockstep::atoms, commit)
CAF_ADD_ATOM(lockstep, lockstep::atoms, register_name)
CAF_ADD_ATOM(lockstep, lockstep::atoms, unregister_name)
CAF_ADD_ATOM(lockstep, lockstep::atoms, await_name)
CAF_ADD_ATOM(lockstep, lockstep::atoms, which_children)

CAF_END_TYPE_ID_BLOCK(lockstep)

CAF_ERROR_CODE_ENUM(lockstep::ec)
