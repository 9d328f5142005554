#pragma once

/// The types and atoms that travel in messages, each with its number on the wire.

#include "actors/admission.hpp"
#include "actors/inspection.hpp"
#include "actors/keyed/keyed_messages.hpp"
#include "actors/whereabouts.hpp"
#include "model/failure.hpp"
#include "model/supervision/child_kind.hpp"
#include "model/term/term.hpp"
#include "model/workflow/implementation_model.hpp"
#include "model/workflow/instance.hpp"
#include "model/workflow/instance_filter.hpp"
#include "model/workflow/judgement.hpp"
#include "model/workflow/request.hpp"
#include "model/workflow/specification.hpp"
#include "persistence/instance_store.hpp"
#include "persistence/model_directory.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/is_error_code_enum.hpp>
#include <caf/type_id.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
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

/// Where a listing over all shards goes on.
struct listing_cursor {
  /// From 1.
  std::uint32_t shard = 1;
  /// Within the shard; 0: its first instance.
  std::uint64_t from = 0;

  friend bool operator==(const listing_cursor&, const listing_cursor&) = default;
};

template <class Inspector>
bool inspect(Inspector& f, listing_cursor& x) {
  return f.object(x).fields(f.field("shard", x.shard), f.field("from", x.from));
}

/// Some of the instances of all shards.
struct instance_listing {
  std::vector<stored_instance> instances;
  /// Nothing after the last part. A part may be empty and yet not be the last one.
  std::optional<listing_cursor> next;
};

template <class Inspector>
bool inspect(Inspector& f, instance_listing& x) {
  return f.object(x).fields(f.field("instances", x.instances), f.field("next", x.next));
}

/// A specification as it is passed around within a process, callbacks included.
struct local_specification {
  std::shared_ptr<const specification> value;
};

class answer_slot;

/// One shard's steps of a list as they are passed around within a process: all shards share the
/// list, and nobody copies a step.
struct local_steps {
  local_steps() = default;
  local_steps(std::shared_ptr<const std::vector<step_report>> shared,
              std::vector<const step_report*> part, std::shared_ptr<answer_slot> answers = nullptr)
      : list(std::move(shared)), own(std::move(part)), slot(std::move(answers)) {}
  /// A list that is one shard's as a whole.
  explicit local_steps(std::vector<step_report> whole)
      : list(std::make_shared<const std::vector<step_report>>(std::move(whole))) {
    own.reserve(list->size());
    for (const auto& one : *list)
      own.push_back(&one);
  }

  std::shared_ptr<const std::vector<step_report>> list;
  /// Point into the list, in its order; never null.
  std::vector<const step_report*> own;
  /// Where the answer is put, if the message comes from nobody. Null: the sender gets it.
  std::shared_ptr<answer_slot> slot;
};

/// A question and its answer as they are passed around within a process.
struct local_question {
  std::shared_ptr<const question> value;
};
struct local_answer {
  std::shared_ptr<const answer> value;
};

/// Specifications as they travel between processes.
struct specification_texts {
  /// Each as `to_json_text` writes it.
  std::vector<std::string> json;
};

template <class Inspector>
bool inspect(Inspector& f, specification_texts& x) {
  return f.object(x).fields(f.field("json", x.json));
}

template <class Inspector>
bool inspect(Inspector& f, child_kind& x) {
  return detail::inspect_enum(f, x, child_kind::supervisor);
}

/// A child of a supervisor.
struct child_info {
  std::string id;
  bool alive = false;
  /// How often it was started again since it was added, by hand or not.
  std::uint64_t restarts = 0;
  child_kind kind = child_kind::worker;
  /// Why it ended last, or could not be started; nothing: it is not parked.
  std::optional<std::string> parked;
  /// What the registry calls it; nothing: it has no name.
  std::optional<term> name;
  /// Null if it is not alive. A supervisor can be asked for its own children.
  caf::strong_actor_ptr actor;
};

template <class Inspector>
bool inspect(Inspector& f, child_info& x) {
  return f.object(x).fields(f.field("id", x.id), f.field("alive", x.alive),
                            f.field("restarts", x.restarts), f.field("kind", x.kind),
                            f.field("parked", x.parked), f.field("name", x.name),
                            f.field("actor", x.actor));
}

/// How many children a supervisor has.
struct child_counts {
  /// All that it knows how to start.
  std::uint64_t specs = 0;
  /// Those that run, or are being started or stopped.
  std::uint64_t active = 0;
  /// Of `specs`, active or not.
  std::uint64_t supervisors = 0;
  /// Of `specs`, active or not.
  std::uint64_t workers = 0;
  /// Of `specs`: those that are not started any more.
  std::uint64_t parked = 0;

  friend bool operator==(const child_counts&, const child_counts&) = default;
};

template <class Inspector>
bool inspect(Inspector& f, child_counts& x) {
  return f.object(x).fields(f.field("specs", x.specs), f.field("active", x.active),
                            f.field("supervisors", x.supervisors), f.field("workers", x.workers),
                            f.field("parked", x.parked));
}

struct child_spec;

/// How a child is started, as it is passed around within a process.
struct local_child {
  std::shared_ptr<const child_spec> value;
};

/// How long a message is on its way, as `seat_table` knows it, within a process.
struct local_stay {
  std::shared_ptr<const void> value;
};

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

CAF_ADD_TYPE_ID(lockstep, (lockstep::instance_filter))
CAF_ADD_TYPE_ID(lockstep, (lockstep::listing_cursor))
CAF_ADD_TYPE_ID(lockstep, (lockstep::instance_listing))
CAF_ADD_TYPE_ID(lockstep, (lockstep::local_specification))
CAF_ADD_TYPE_ID(lockstep, (lockstep::specification_texts))
CAF_ADD_TYPE_ID(lockstep, (lockstep::model_file))
CAF_ADD_TYPE_ID(lockstep, (std::vector<lockstep::model_file>))
CAF_ADD_TYPE_ID(lockstep, (std::vector<lockstep::instance>))
CAF_ADD_TYPE_ID(lockstep, (std::vector<lockstep::term>))

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
CAF_ADD_ATOM(lockstep, lockstep::atoms, submit)
CAF_ADD_ATOM(lockstep, lockstep::atoms, show_all)
CAF_ADD_ATOM(lockstep, lockstep::atoms, remove_all)
CAF_ADD_ATOM(lockstep, lockstep::atoms, sweep)
CAF_ADD_ATOM(lockstep, lockstep::atoms, export_models)
CAF_ADD_ATOM(lockstep, lockstep::atoms, declare)
CAF_ADD_ATOM(lockstep, lockstep::atoms, show_specifications)

CAF_ADD_TYPE_ID(lockstep, (lockstep::local_question))
CAF_ADD_TYPE_ID(lockstep, (lockstep::local_answer))
CAF_ADD_ATOM(lockstep, lockstep::atoms, check)
CAF_ADD_ATOM(lockstep, lockstep::atoms, resume)

CAF_ADD_TYPE_ID(lockstep, (std::vector<lockstep::quarantined_instance>))
CAF_ADD_ATOM(lockstep, lockstep::atoms, show_quarantined)
CAF_ADD_ATOM(lockstep, lockstep::atoms, release)
CAF_ADD_TYPE_ID(lockstep, (lockstep::ticket))

CAF_ADD_ATOM(lockstep, lockstep::atoms, start_child)
CAF_ADD_ATOM(lockstep, lockstep::atoms, terminate_child)
CAF_ADD_ATOM(lockstep, lockstep::atoms, restart_child)
CAF_ADD_ATOM(lockstep, lockstep::atoms, delete_child)
CAF_ADD_ATOM(lockstep, lockstep::atoms, count_children)
CAF_ADD_ATOM(lockstep, lockstep::atoms, update_value)
CAF_ADD_ATOM(lockstep, lockstep::atoms, put_meta)
CAF_ADD_ATOM(lockstep, lockstep::atoms, listen)
CAF_ADD_ATOM(lockstep, lockstep::atoms, unlisten)
CAF_ADD_ATOM(lockstep, lockstep::atoms, registered)
CAF_ADD_ATOM(lockstep, lockstep::atoms, unregistered)
CAF_ADD_ATOM(lockstep, lockstep::atoms, lookup_name)
CAF_ADD_ATOM(lockstep, lockstep::atoms, call)
CAF_ADD_ATOM(lockstep, lockstep::atoms, stop_worker)
CAF_ADD_ATOM(lockstep, lockstep::atoms, reserve)
CAF_ADD_ATOM(lockstep, lockstep::atoms, write)
CAF_ADD_ATOM(lockstep, lockstep::atoms, read)
CAF_ADD_ATOM(lockstep, lockstep::atoms, unreserve)
CAF_ADD_ATOM(lockstep, lockstep::atoms, advance_watermark)
CAF_ADD_ATOM(lockstep, lockstep::atoms, start_shard)
CAF_ADD_ATOM(lockstep, lockstep::atoms, show_shards)
CAF_ADD_ATOM(lockstep, lockstep::atoms, where)

CAF_ADD_TYPE_ID(lockstep, (lockstep::child_counts))
CAF_ADD_TYPE_ID(lockstep, (lockstep::local_child))
CAF_ADD_TYPE_ID(lockstep, (lockstep::local_stay))
CAF_ADD_ATOM(lockstep, lockstep::atoms, park)
CAF_ADD_ATOM(lockstep, lockstep::atoms, show_parked)

CAF_ADD_TYPE_ID(lockstep, (lockstep::binary_list))
CAF_ADD_TYPE_ID(lockstep, (lockstep::new_shard))
CAF_ADD_TYPE_ID(lockstep, (lockstep::cell_query))
CAF_ADD_TYPE_ID(lockstep, (lockstep::cell_reading))
CAF_ADD_TYPE_ID(lockstep, (lockstep::keyed_shard_listing))
CAF_ADD_TYPE_ID(lockstep, (lockstep::keyed_shard_contents))
CAF_ADD_TYPE_ID(lockstep, (lockstep::key_map))
CAF_ADD_TYPE_ID(lockstep, (lockstep::loaded_cells))
CAF_ADD_TYPE_ID(lockstep, (lockstep::staged_cells))
CAF_ADD_ATOM(lockstep, lockstep::atoms, load)
CAF_ADD_ATOM(lockstep, lockstep::atoms, stage)
CAF_ADD_ATOM(lockstep, lockstep::atoms, committed)
CAF_ADD_ATOM(lockstep, lockstep::atoms, rolled_back)
CAF_ADD_ATOM(lockstep, lockstep::atoms, await_start)

CAF_ADD_TYPE_ID(lockstep, (lockstep::whereabouts))

CAF_ADD_TYPE_ID(lockstep, (lockstep::local_steps))

CAF_END_TYPE_ID_BLOCK(lockstep)

CAF_ERROR_CODE_ENUM(lockstep::ec)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::local_specification)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::local_steps)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::local_question)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::local_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::ticket)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::local_child)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::local_stay)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::key_map)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::loaded_cells)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::staged_cells)

namespace lockstep {

/// Makes these types, and those of CAF and its middleman, known to CAF. Before the first actor
/// system of a process; again does no harm. A type of another name with one of these numbers ends
/// the process.
void make_types_known();

} // namespace lockstep
