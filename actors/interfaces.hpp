#pragma once

/// What each actor can be asked: the architecture in one page. README.md tells who supervises whom.
///
/// A text behind a call that changes instances or cells is its operation id, as requests have one:
/// a repetition of the call changes nothing and gets the first answer. Empty: none.

#include "actors/types.hpp"

#include <caf/actor_addr.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/message.hpp>
#include <caf/result.hpp>
#include <caf/typed_actor.hpp>

namespace lockstep {

/// Gives names to live actors, and takes them back when they end. Reading needs no message: see
/// `name_table`. A version in an answer is that of the table after the change, which everybody sees
/// from then on.
using registry_actor = caf::typed_actor<
    // Gives a name, with a value. To an actor that has it already: gives it the value. Errors:
    // already_registered if a live actor holds it and names are unique, with the `name`, the
    // `holder` and its `value` in the context; unavailable if the actor has ended.
    caf::result<std::uint64_t>(atoms::register_name, term, caf::strong_actor_ptr, term),
    // As above, with the value [].
    caf::result<std::uint64_t>(atoms::register_name, term, caf::strong_actor_ptr),
    // Takes a name back from its holder. Errors: not_registered if this actor does not hold it.
    caf::result<std::uint64_t>(atoms::unregister_name, term, caf::strong_actor_ptr),
    // Gives the name of a holder another value. Errors: not_registered if this actor does not hold
    // it.
    caf::result<std::uint64_t>(atoms::update_value, term, caf::strong_actor_ptr, term),
    // Puts metadata of the whole table under a key.
    caf::result<std::uint64_t>(atoms::put_meta, term, term),
    // From now on the actor is sent (registered, the registry's id, name, holder, value) and
    // (unregistered, the registry's id, name, address of the former holder), after everybody can
    // see it, until it ends. The registry's own end is not told. Twice is once.
    caf::result<void>(atoms::listen, caf::strong_actor_ptr),
    // No longer; fine if it did not listen.
    caf::result<void>(atoms::unlisten, caf::strong_actor_ptr),
    // Answers with the holder as soon as there is one that is alive and not the given actor.
    caf::result<caf::strong_actor_ptr>(atoms::await_name, term, caf::actor_addr),
    // To itself: shows what has changed.
    caf::result<void>(atoms::commit)>;

/// Starts actors, watches them and starts them again. Stops them, last started first, when it is
/// asked to exit. See `supervision/supervisor.hpp`.
using supervisor_actor = caf::typed_actor<
    // The children in order of their start.
    caf::result<std::vector<child_info>>(atoms::which_children),
    caf::result<child_counts>(atoms::count_children),
    // Adds a child and starts it; answers when it has its name, if it is to have one. Errors:
    // already_started or child_parked with `name` in the context if it has one, max_children,
    // already_registered, what the start itself says, unavailable; then no child is left.
    caf::result<caf::strong_actor_ptr>(atoms::start_child, local_child),
    // Stops a child; answers when it has ended. It can be started again, unless it is forgotten.
    // Errors: child_not_found.
    caf::result<void>(atoms::terminate_child, std::string),
    // Starts a child that does not run, with a fresh budget. Errors: child_not_found,
    // already_started, max_children, and as for start_child; then it is as it was.
    caf::result<caf::strong_actor_ptr>(atoms::restart_child, std::string),
    // Forgets a child that does not run. Errors: child_not_found, already_started.
    caf::result<void>(atoms::delete_child, std::string),
    // To itself: goes on with starting children again.
    caf::result<void>(atoms::resume)>;

/// Starts and ends the workers of a fleet; see `fleet/fleet.hpp`. Its errors name fleet and key.
using fleet_keeper_actor = caf::typed_actor<
    // Passes a message on to the worker of a key, who answers it. The flag says whether to start
    // one if there is none. Errors: not_started, child_parked, max_children, unavailable; if nobody
    // waits for the answer, the fleet's report hears of them.
    caf::result<void>(atoms::submit, term, bool, caf::message, local_stay),
    // Ends the worker of a key after what it was sent before, and answers when it has ended.
    // Forgets a parked one. Errors: not_started.
    caf::result<void>(atoms::stop_worker, term),
    // Starts a parked worker. Errors: child_not_found if it is not parked, max_children,
    // unavailable; then it stays parked.
    caf::result<void>(atoms::restart_child, term),
    // The parked workers in term order of their keys, which are their names.
    caf::result<std::vector<child_info>>(atoms::show_parked),
    // From the supervisor: the worker of that key, as text, is parked for that reason.
    caf::result<void>(atoms::park, std::string, std::string),
    // From the registry, as every listener gets them.
    caf::result<void>(atoms::registered, term, term, caf::strong_actor_ptr, term),
    caf::result<void>(atoms::unregistered, term, term, caf::actor_addr)>;

/// Answers questions that would hold a shard up.
using checker_actor = caf::typed_actor<
    // Judges a step, however long it takes. Errors: unavailable if that fails.
    caf::result<local_answer>(atoms::check, local_question)>;

/// Keeps the instances whose identifiers are routed to it. Its answers are durable, unless it is
/// told otherwise. Each request brings the ticket with which it was let in (`admission`). One about
/// instances may be refused as unavailable if a check before it cannot be done, and one that has a
/// deadline as request_expired.
using shard_actor = caf::typed_actor<
    // Makes an instance. Errors: unknown_specification, instance_identifier_already_in_use,
    // impl_model_not_found, deviation_*, invalid_argument, invalid_specification, callback_failed,
    // store_failure.
    caf::result<receipt>(atoms::initialise, initialisation, ticket),
    // Records a step. Errors: instance_identifier_not_found, and as for initialise.
    caf::result<receipt>(atoms::step, step_report, ticket),
    // Records steps in their order, each with an answer of its own, in one commit.
    caf::result<std::vector<step_answer>>(atoms::step, local_steps, ticket),
    // Puts an instance at a state, without history. Errors: unknown_specification,
    // invalid_argument, store_failure.
    caf::result<void>(atoms::mock, initialisation, ticket),
    // Returns one instance with its history. Errors: instance_identifier_not_found, store_failure.
    caf::result<instance>(atoms::get, term, ticket),
    // Returns whole instances, gathered little by little; others are served in between. Each
    // instance that there is now is as it is when it is reached. Errors: invalid_argument if they
    // are too many for one message; store_failure.
    caf::result<std::vector<instance>>(atoms::show_all, instance_filter, ticket),
    // Deletes an instance; an unknown one is fine. Returns whether there was one. Errors:
    // store_failure.
    caf::result<bool>(atoms::remove, term, std::string, ticket),
    // Deletes instances by identifier, each under an operation id of its own, `operation_about`.
    // Returns how many there were. Errors: store_failure.
    caf::result<std::uint64_t>(atoms::remove, std::vector<term>, std::string, ticket),
    // Deletes the instances that there are and that the filter chooses, little by little; others
    // are served in between. Returns how many. Errors: store_failure.
    caf::result<std::uint64_t>(atoms::remove_all, instance_filter, std::string, ticket),
    // Some instances: from a cursor (0: from the first one), at most as many. Errors:
    // store_failure.
    caf::result<instance_page>(atoms::list, instance_filter, std::uint64_t, std::uint64_t, ticket),
    // Counts by state, and at most as many deviations, little by little; others are served in
    // between. Each instance that there is now counts once, as it is when it is reached. Errors:
    // store_failure.
    caf::result<shard_summary>(atoms::summarise, std::uint64_t, ticket),
    // The shard's own copies of the models.
    caf::result<std::vector<implementation_model>>(atoms::show_models, ticket),
    // Takes models over as they are. Errors: unknown_specification, store_failure.
    caf::result<void>(atoms::adopt_models, std::vector<implementation_model>, std::string, ticket),
    // Declares a specification, or declares it anew; its rules apply from the next step of each
    // instance. Errors: invalid_specification, store_failure.
    caf::result<void>(atoms::declare, local_specification, std::string, ticket),
    // The specifications that the shard knows.
    caf::result<specification_texts>(atoms::show_specifications, ticket),
    // The quarantined instances. A request that changes or reads one of them is refused as
    // instance_quarantined; a list of steps does the others.
    caf::result<std::vector<quarantined_instance>>(atoms::show_quarantined, ticket),
    // Lets requests about an instance through again; fine if it is not quarantined. Returns
    // whether it was. Errors: store_failure.
    caf::result<bool>(atoms::release, term, std::string, ticket),
    // Reports the instances that are late at that time, little by little; others are served in
    // between. Errors: store_failure.
    caf::result<void>(atoms::expire, point_in_time, ticket),
    // To itself: a deadline has come.
    caf::result<void>(atoms::expire),
    // To itself: goes on deleting and pruning.
    caf::result<void>(atoms::sweep),
    // To itself: goes on with requests that waited for a check.
    caf::result<void>(atoms::resume),
    // To itself: makes durable what is staged, then answers.
    caf::result<void>(atoms::commit)>;

/// Stands for all shards towards actors, here and on other nodes. Holds requests while a shard is
/// being restarted. What concerns all shards is asked of all at once; the first error is the
/// answer, with the shard's name in its context. Gives requests that have none the deadline after
/// which nobody waits any more. Errors: as a shard's, overloaded and unavailable.
using instance_manager_actor = caf::typed_actor<
    caf::result<receipt>(atoms::initialise, initialisation),
    caf::result<receipt>(atoms::step, step_report),
    // Answers in the order of the steps; those of one instance are recorded in that order.
    caf::result<std::vector<step_answer>>(atoms::step, std::vector<step_report>),
    // Accepted or refused at once; errors after that go to the error policy only. Errors:
    // overloaded.
    caf::result<void>(atoms::submit, initialisation),
    // As above.
    caf::result<void>(atoms::submit, step_report), //
    caf::result<void>(atoms::mock, initialisation), caf::result<instance>(atoms::get, term),
    // Whole instances, all in one message: for small numbers; `list` is for large ones. Errors:
    // invalid_argument if they are too many.
    caf::result<std::vector<instance>>(atoms::show_all, instance_filter),
    caf::result<bool>(atoms::remove, term, std::string), //
    caf::result<std::uint64_t>(atoms::remove, std::vector<term>, std::string),
    caf::result<std::uint64_t>(atoms::remove_all, instance_filter, std::string),
    // At most as many instances, shard by shard. Errors: invalid_argument for a cursor to a shard
    // that is not there.
    caf::result<instance_listing>(atoms::list, instance_filter, listing_cursor, std::uint64_t),
    // Every shard's summary, each with at most as many deviations.
    caf::result<std::vector<shard_summary>>(atoms::summarise, std::uint64_t),
    // Merged over the shards.
    caf::result<std::vector<implementation_model>>(atoms::show_models),
    // The merged models as files.
    caf::result<std::vector<model_file>>(atoms::export_models),
    // Takes models over in every shard.
    caf::result<void>(atoms::adopt_models, std::vector<implementation_model>, std::string),
    // Declares a specification in every shard, given as JSON text.
    caf::result<void>(atoms::declare, std::string, std::string),
    // Declares a specification in every shard, from within this process.
    caf::result<void>(atoms::declare, local_specification, std::string),
    // In the order of their names.
    caf::result<specification_texts>(atoms::show_specifications),
    // The quarantined instances of every shard.
    caf::result<std::vector<quarantined_instance>>(atoms::show_quarantined),
    caf::result<bool>(atoms::release, term, std::string),
    // Where an instance is, or would be, and why: answered also while its shard is not running, and
    // within seconds. Never an error of the shard's.
    caf::result<whereabouts>(atoms::where, term),
    // Reports the instances of every shard that are late at that time.
    caf::result<void>(atoms::expire, point_in_time),
    // The actor that has a name in the node's registry. Errors: not_registered.
    caf::result<caf::strong_actor_ptr>(atoms::lookup_name, term),
    // The node_ids whose keyed shards the node has.
    caf::result<std::vector<term>>(atoms::show_shards)>;

// -- keyed shards ---------------------------------------------------------------------------------

/// A keyed shard: keeps the versions of its cells. What it answers is durable. A request that comes
/// back unanswered had no effect. Operation ids are known until their heights are below the oldest
/// readable one. Errors of all requests about cells: store_failure; overloaded; invalid_argument
/// for the operation id of another call; unavailable if it is not known whether the change was
/// made.
using keyed_shard_actor = caf::typed_actor<
    // Takes a slot. Errors: occupied, below_watermark, invalid_argument.
    caf::result<void>(atoms::reserve, cell_key, std::uint64_t, std::string),
    // Writes a slot that is reserved. Errors: not_reserved, occupied if it is written already.
    caf::result<void>(atoms::write, cell_key, term, std::uint64_t, std::string),
    // Gives a reservation up. Errors: not_reserved.
    caf::result<void>(atoms::unreserve, cell_key, std::uint64_t, std::string),
    // Raises the write watermark; returns the one in force. Errors: invalid_argument.
    caf::result<std::uint64_t>(atoms::advance_watermark, std::uint64_t, std::string),
    // The newest value strictly below a height, as soon as that is certain. Errors: read_blocked
    // with the blocking_height, version_collected, invalid_argument.
    caf::result<cell_reading>(atoms::read, cell_query),
    // What it holds.
    caf::result<keyed_shard_contents>(atoms::show_shards),
    // Answers when its cells are loaded. Errors: store_failure.
    caf::result<void>(atoms::await_start),
    // From the keeper: everything up to a number of a session is durable.
    caf::result<void>(atoms::committed, std::uint64_t, std::uint64_t),
    // From the keeper: a change of this session was lost, and no more of it will be made durable.
    caf::result<void>(atoms::rolled_back, std::uint64_t)>;

/// The one actor that uses the store of the keyed shards of a node_id. Errors of all:
/// store_failure; unavailable if it is not known whether the change was made.
using cell_keeper_actor = caf::typed_actor<
    // From a shard: its cells, once it is in the key map, with all that it staged before.
    caf::result<loaded_cells>(atoms::load, shard_key),
    // Makes changes durable.
    caf::result<void>(atoms::stage, staged_cells),
    // As above; returns the number.
    caf::result<std::uint64_t>(atoms::stage, staged_cells, std::uint64_t),
    // The key map.
    caf::result<key_map>(atoms::show_shards),
    // Writes a shard to the key map. Errors: already_started, but not for the operation id that it
    // was written under.
    caf::result<void>(atoms::start_shard, new_shard),
    // To itself: makes durable what is staged, then answers.
    caf::result<void>(atoms::commit)>;

/// Stands for all keyed shards of a node_id towards actors, here and on other nodes. Finds the
/// shard of a cell by name each time and holds requests while it is being restarted. Errors: as a
/// shard's, shard_not_found, unavailable. A change that is answered as unavailable may have been
/// made.
using keyed_shards_actor = caf::typed_actor<
    // Starts one more shard, with the value at height 0 of the cell of its key, and returns its
    // name in the registry. Its operation id is known for good. Errors: already_started with `name`
    // in the context, key_map_update_failed, invalid_argument if the strategy does not allow it;
    // unavailable: it may be there or not.
    caf::result<term>(atoms::start_shard, new_shard),
    // All shards of the key map.
    caf::result<keyed_shard_listing>(atoms::show_shards),
    // What the shard of that key holds.
    caf::result<keyed_shard_contents>(atoms::show_shards, shard_key),
    caf::result<void>(atoms::reserve, cell_key, std::uint64_t, std::string),
    caf::result<void>(atoms::write, cell_key, term, std::uint64_t, std::string),
    caf::result<void>(atoms::unreserve, cell_key, std::uint64_t, std::string),
    // The key is the shard's.
    caf::result<std::uint64_t>(atoms::advance_watermark, shard_key, std::uint64_t, std::string),
    caf::result<cell_reading>(atoms::read, cell_query),
    // Answers when all shards of the key map run. Errors: failed_to_start_initial_child with the
    // `key` in the context.
    caf::result<void>(atoms::await_start)>;

} // namespace lockstep
