#pragma once

#include "actors/instance_manager_actor.hpp"
#include "actors/interfaces.hpp"
#include "model/failure.hpp"
#include "model/workflow/instance_filter.hpp"

#include <caf/fwd.hpp>
#include <caf/scoped_actor.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace lockstep {

struct list_part;

/// What the throwing variants of the calls throw.
class call_error : public std::runtime_error {
public:
  explicit call_error(failure reason)
      : std::runtime_error(reason.message), reason_(std::move(reason)) {}

  [[nodiscard]] const failure& reason() const noexcept { return reason_; }

private:
  failure reason_;
};

/// A shard, and a place in its queue that goes with one request, as its last element.
struct shard_entrance {
  shard_actor shard;
  ticket place;
};

/// Steps under way to their shards.
class pending_steps {
public:
  /// Waits for the answers, in the order of the steps. Once.
  [[nodiscard]] result<std::vector<step_answer>> wait();

private:
  friend class instance_manager;
  explicit pending_steps(std::function<result<std::vector<step_answer>>()> receive)
      : receive_(std::move(receive)) {}
  std::function<result<std::vector<step_answer>>()> receive_;
};

/// A handle on the instances of a node, in this process or in another one, for threads that are no
/// actors.
///
/// Copies are cheap; calls may come from any thread but CAF's own, and block until the shard has
/// answered: a request that changes something is durable then, unless the node's `durability` says
/// otherwise. A shard that is being restarted is
/// waited for. Actors ask `actor()` instead.
///
/// A call with an operation id may be repeated, by whoever does not know whether it arrived: the
/// repetition changes nothing and gets the first answer, as long as ids are kept
/// (`node_options::operation_retention`).
///
/// Calls about one instance go to its shard; the others ask all shards at once, and the first error
/// is theirs, with the shard's name in its context: the other shards may have done what they were
/// asked, so repeat the call, with its operation id. Errors of every call beside its own:
/// `unavailable`, `overloaded`, `store_failure`.
///
/// A shard that has as many requests pending as it takes refuses more at once, as `overloaded`;
/// `retry_after_ms` in the error's context says when to try again. A list counts as many as it has
/// elements. A call that gives up waiting leaves no work behind: its request has a deadline, by
/// default the call's timeout, after which it is not executed but refused as `request_expired`.
/// A deletion of many that has begun goes on.
class instance_manager {
public:
  /// On the node in this process. @param system Must outlive the handle and all its copies.
  instance_manager(caf::actor_system& system, routing_options options);

  /// On a node of another process that listens on a BASP port. @param system With CAF's middleman;
  /// must outlive the handle and all its copies. Errors: `unavailable`.
  [[nodiscard]] static result<instance_manager>
  connect(caf::actor_system& system, const std::string& host, std::uint16_t port);

  // -- one instance -------------------------------------------------------------------------------

  /// Errors: `unknown_specification`, `instance_identifier_already_in_use`,
  /// `impl_model_not_found`, `deviation_*`, `invalid_argument`, `invalid_specification`,
  /// `callback_failed`; none that the specification's policy swallows.
  [[nodiscard]] result<receipt> initialise(const initialisation& request) const;

  /// Errors: `instance_identifier_not_found`, `deviation_*`, `invalid_argument`,
  /// `callback_failed`, and those of `initialise` for a report with `initialise_as`.
  [[nodiscard]] result<receipt> step(const step_report& report) const;

  /// Many steps at once, one message a shard. @returns the answers in the order of the steps, each
  /// with the errors of `step`; an error of its own only from a node of another process.
  [[nodiscard]] result<std::vector<step_answer>> steps(std::vector<step_report> steps) const;

  /// The same without waiting, by way of `actor()`. Lists that one thread begins one after the
  /// other are handled in that order, across restarts of shards, too. Calls that go straight to the
  /// shards, as `step` and `steps` do, may overtake them: wait for the lists first.
  [[nodiscard]] pending_steps begin_steps(std::vector<step_report> steps) const;

  /// Without waiting: errors go to the error policy only, but `overloaded` if that is clear at once
  /// (not on a node of another process), and a deadline that passed is told nobody. Requests of one
  /// thread are handled in their order, waiting ones included, as long as their shard is not
  /// started again in between. One that is on its way when its shard crashes is lost.
  [[nodiscard]] result<void> initialise_async(const initialisation& request) const;
  [[nodiscard]] result<void> step_async(const step_report& report) const;

  /// Throw `call_error` instead of returning an error.
  receipt initialise_or_throw(const initialisation& request) const;
  receipt step_or_throw(const step_report& report) const;
  void mock_or_throw(const initialisation& request) const;

  /// Puts an instance at a state without recording a step, whatever was there. It counts as a new
  /// one: a listing that is under way may come to it again, a deletion of many not at all. Errors:
  /// `unknown_specification`, `invalid_argument`.
  [[nodiscard]] result<void> mock(const initialisation& request) const;

  /// Errors: `instance_identifier_not_found`.
  [[nodiscard]] result<instance> get(const term& identifier) const;

  /// Fine for an unknown instance, too. @returns whether there was one.
  [[nodiscard]] result<bool> remove(const term& identifier,
                                    const std::string& operation_id = {}) const;

  /// Lets requests about a quarantined instance through again; fine if it is not quarantined. Its
  /// deadline is over; its next step sets a new one. Before, whatever changes or reads such an
  /// instance is refused as `instance_quarantined`. @returns whether it was quarantined.
  [[nodiscard]] result<bool> release(const term& identifier,
                                     const std::string& operation_id = {}) const;

  /// Where an instance is, or would be, and why; also while its shard is not running. Errors:
  /// `unavailable` while the instance manager is not.
  [[nodiscard]] result<whereabouts> where(const term& identifier) const;

  // -- many instances -----------------------------------------------------------------------------

  /// Whole instances in one answer: for small numbers. Errors: `invalid_argument` for more than
  /// 100,000 of a shard, with their steps; `list` and `get` them then.
  [[nodiscard]] result<std::vector<instance>> all(const instance_filter& filter = {}) const;

  /// A part of the instances, without their histories. Goes on with the part's `next`.
  /// Errors: `invalid_argument` for a cursor to a shard that is not there.
  [[nodiscard]] result<instance_listing> list(const instance_filter& filter,
                                              const listing_cursor& from = {},
                                              std::uint64_t limit = 1'000) const;

  /// Calls `visit` with every instance that the filter chooses, part by part, until it returns
  /// false. Instances that come into being meanwhile may be left out.
  [[nodiscard]] result<void>
  for_each_instance(const instance_filter& filter,
                    const std::function<bool(const stored_instance&)>& visit) const;

  /// Deletes the instances that the filter chooses, as far as they exist when the shards hear of
  /// it. @returns how many.
  [[nodiscard]] result<std::uint64_t> remove_all(const instance_filter& filter,
                                                 const std::string& operation_id = {}) const;

  /// Deletes the instances that the function chooses. It is called here, with what a listing tells;
  /// an instance that makes a step in between is deleted all the same. Each is deleted under an
  /// operation id of its own (`operation_about`): a repetition deletes those that the call before
  /// did not come to, and none that was made anew since. @returns how many it found and deleted,
  /// under that id perhaps before.
  [[nodiscard]] result<std::uint64_t>
  remove_if(const std::function<bool(const stored_instance&)>& doomed,
            const std::string& operation_id = {}) const;

  /// The instances whose handling crashed their shard again and again.
  [[nodiscard]] result<std::vector<quarantined_instance>> quarantined() const;

  // -- models, specifications, time ---------------------------------------------------------------

  /// Every shard's counts, each with at most `deviations` deviations. They are made little by
  /// little: an instance counts once, as it was when it was reached.
  [[nodiscard]] result<std::vector<shard_summary>> summarise(std::uint64_t deviations) const;

  /// Merged over the shards: the union of the transitions, learning if any is.
  [[nodiscard]] result<std::vector<implementation_model>> models() const;

  /// The merged models as `.spex` files.
  [[nodiscard]] result<std::vector<model_file>> export_models() const;

  /// Takes models over in every shard. Errors: `unknown_specification`.
  [[nodiscard]] result<void> adopt(const std::vector<implementation_model>& models,
                                   const std::string& operation_id = {}) const;

  /// Declares a specification, or declares it anew, in every shard and durably. Its instances go
  /// on, its rules apply from their next step. On a node of another process the policy's callback
  /// is left behind. Errors: `invalid_specification`.
  [[nodiscard]] result<void> declare(const specification& spec,
                                     const std::string& operation_id = {}) const;

  /// What is declared, by configuration or since.
  [[nodiscard]] result<std::vector<specification>> specifications() const;

  /// Reports the instances that are late at that time.
  [[nodiscard]] result<void> expire(timestamp at) const;

  /// The actor that has a name in the node's registry. Errors: `not_registered`.
  [[nodiscard]] result<caf::strong_actor_ptr> find_actor(const term& name) const;

  /// The `node_id`s whose keyed shards the node has: see `keyed_shards::connect`.
  [[nodiscard]] result<std::vector<term>> keyed_nodes() const;

  /// The actor that stands for all shards, for actors and other nodes; null while it is restarted.
  [[nodiscard]] instance_manager_actor actor() const;

  /// The way to the shard in charge of an instance, for actors of this process that ask the shard
  /// without a detour. Enter again for each request, also for one that comes back since the shard
  /// has gone before it had effect. Errors: `overloaded`; `unavailable` while the shard is
  /// restarted, and on a node of another process: ask `actor()` then.
  [[nodiscard]] result<shard_entrance> enter_shard(const term& identifier) const;

private:
  template <class T, class Atom, class... Ts>
  result<T> ask_shard(const term& identifier, const Atom& call, const Ts&... content) const;
  template <class T, class Atom, class... Ts>
  result<T> ask_manager(const Atom& call, const Ts&... content) const;
  template <class Atom, class Request>
  result<void> tell_shard(Atom atom, const Request& request) const;
  [[nodiscard]] std::chrono::milliseconds list_timeout() const;
  /// Sends a shard its part. If it is not running the slot just ends.
  void send_part(const std::shared_ptr<const std::vector<step_report>>& list, const list_part& part,
                 std::shared_ptr<answer_slot> slot) const;
  [[nodiscard]] pending_steps ask_manager_later(std::vector<step_report> steps,
                                                std::chrono::steady_clock::time_point until) const;
  // For a node in this process.
  [[nodiscard]] std::uint32_t index_of(const term& identifier) const;
  /// Null while the shard is not running.
  [[nodiscard]] shard_actor shard_at(std::uint32_t index) const;

  caf::actor_system* system_;
  /// Without names: the node is in another process.
  routing_options options_;
  /// Of shards 1 to N.
  std::shared_ptr<const std::vector<term>> shard_names_;
  /// There.
  instance_manager_actor remote_;
};

} // namespace lockstep
