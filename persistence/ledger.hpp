#pragma once

#include "model/failure.hpp"
#include "model/workflow/conformance.hpp"
#include "model/workflow/request.hpp"
#include "model/workflow/specification.hpp"
#include "persistence/deadline_window.hpp"
#include "persistence/instance_store.hpp"
#include "persistence/reports.hpp"
#include "persistence/residents.hpp"

#include <chrono>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace lockstep {

/// What a call comes to: the caller's answer, and what the error policy is to hear of it.
struct decision {
  result<receipt> answer;
  std::vector<report> reports;
};

/// What one slice of a sweep did.
struct sweep_slice {
  std::uint64_t removed = 0;
  /// Where the next slice begins; nothing after the last one.
  std::optional<std::uint64_t> next;
};

struct ledger_options {
  /// How the shard is called in messages.
  std::string shard_name = "Server_1";
  /// Store what models learn, and start from it again. Otherwise what was learned is gone with
  /// the ledger.
  bool keep_learned_models = true;
  /// Put every model into learning mode, missing ones included.
  bool learn = false;
  /// How many instances stay in memory between commits, at least one; others are read from the
  /// store on demand.
  std::size_t max_resident_instances = 150'000;
  /// For errors that belong to no specification, such as an unknown identifier.
  error_policy policy;
  /// What a request may need checked before it has `questions_before` it: transitions of a model
  /// and its specification, for each check. So many take less than 4 ms,
  /// explained (`bench/judgement`).
  std::size_t max_inline_transitions = 500;
  /// How many deadlines are read from the store at once.
  std::size_t deadlines_at_once = 10'000;
  /// How long an operation is remembered after it was recorded: a later repetition is recorded
  /// again. Nothing: for good.
  time_limit operation_retention = std::chrono::days{7};
};

/// The books of one shard: applies requests to its instances and models in memory, stages the
/// changes and commits them in batches. Between two commits the memory runs ahead of the store;
/// the answers to what is staged must wait for `commit`.
///
/// Everything a shard does but receiving and replying, without an actor or a clock. Not
/// thread-safe; calls may block on the store.
class ledger {
public:
  /// @param models As read from `.spex` files. A file whose learning mode is off is the model;
  ///        one that is learning is united with what the store learned; without a file, the
  ///        store's model counts.
  /// @param catalog Specifications that the store keeps, since they were declared while the node
  ///        ran, come on top of it.
  /// @returns the store's errors.
  [[nodiscard]] static result<ledger> open(std::unique_ptr<instance_store> store,
                                           std::shared_ptr<const specification_catalog> catalog,
                                           std::vector<implementation_model> models,
                                           ledger_options options);

  // -- requests: applied in memory and staged -----------------------------------------------------

  /// Errors: `unknown_specification`, `instance_identifier_already_in_use`, `impl_model_not_found`,
  /// `invalid_argument`, `store_failure`: nothing is staged then. `deviation_*`: staged all the
  /// same. Each is reported; one that the policy swallows is answered with a receipt.
  [[nodiscard]] decision initialise(const initialisation& request, timestamp now);

  /// Errors: as `initialise`, and `instance_identifier_not_found`.
  [[nodiscard]] decision step(const step_report& report, timestamp now);

  /// What is to be answered, anywhere, before a request is applied, so that applying it does not
  /// take long; nothing if it needs only small checks, and if it will be refused or is repeated.
  /// Changes nothing, what is staged included. Requests may also be applied with questions open:
  /// they are answered then and there.
  [[nodiscard]] std::vector<question> questions_before(const initialisation& request);
  /// Steps that are applied one after the other.
  [[nodiscard]] std::vector<question> questions_before(std::span<const step_report* const> steps);

  /// The question as it is asked now; nothing if it has been answered or is out of date.
  [[nodiscard]] std::optional<question> still_open(const question& asked) const;

  /// Takes in what was found about a question; one that is out of date is of no effect.
  void remember(const answer& given);

  /// An instance at a state, without history, whatever was there. Errors: `invalid_argument`,
  /// `unknown_specification`.
  [[nodiscard]] result<void> mock(const initialisation& request, timestamp now);

  /// Fine for an unknown instance, too. @returns whether there was one. Errors: `store_failure`.
  [[nodiscard]] result<bool> remove(const term& identifier);

  /// The answer to a call that makes no step and was remembered under this operation id; nothing
  /// for a new one, or without an id. @param about The one instance that the call is about, if so.
  /// @param kind Of a call about one instance: `recorded_operation::deletion`, say, or 0 for any.
  /// @returns of a call about one instance 0, or `recorded_operation::had_no_effect`. Errors:
  /// `invalid_argument` if the id stands for another kind of request, `store_failure`.
  [[nodiscard]] result<std::optional<std::uint64_t>>
  answered_before(const std::string& operation_id, const std::optional<term>& about = {},
                  std::uint64_t kind = 0);

  /// Remembers such a call with its answer: how many instances it was about, if it tells that; of
  /// a call about one instance its kind, with `recorded_operation::had_no_effect` if so.
  void remember_call(const std::string& operation_id, std::uint64_t count, timestamp now,
                     const std::optional<term>& about = {});

  /// As above, but staged by the caller, who commits it to `store()` with what the call changes
  /// there; empty without an id.
  [[nodiscard]] batch remembered_call(const std::string& operation_id, std::uint64_t count,
                                      timestamp now, const std::optional<term>& about = {});

  /// Counts instances whose deadline has passed as late, once each, the earliest first. There may
  /// be more, if `next_deadline` has passed still: commit, and call it again.
  /// @param limit How many at most. @param is_exempt Whose deadline is over without being reported.
  /// @returns their `transition_timeout` reports.
  [[nodiscard]] result<std::vector<report>>
  expire(timestamp now, std::size_t limit = std::numeric_limits<std::size_t>::max(),
         const std::function<bool(const term&)>& is_exempt = {});

  /// Ends the deadlines up to a time without a report, for good. Many of them go little by little,
  /// with `expire`.
  void drop_deadlines(timestamp passed);

  /// Takes over models as they are, learned transitions included: the shards' merged ones, say.
  /// Errors: `unknown_specification`.
  [[nodiscard]] result<void> adopt(const std::vector<implementation_model>& models);

  /// Declares a specification, or declares it anew. Instances of it go on: its rules apply from
  /// their next step, the model stays what it is. It is stored, so it comes back with the ledger;
  /// but a callback of its policy does not. Errors: `invalid_specification` without an initial
  /// state.
  [[nodiscard]] result<void> declare(std::shared_ptr<const specification> spec);

  /// Removes the chosen instances among some that `part` begins with: so few that nobody has to
  /// wait for long. What was staged before must be committed. Errors: `store_failure`.
  [[nodiscard]] result<sweep_slice> sweep(page_request part, const instance_predicate& doomed);

  /// Removes what may be pruned at that time, like `sweep`. @param may_go Spares others; empty:
  /// none.
  [[nodiscard]] result<sweep_slice> prune(page_request part, timestamp now,
                                          const instance_predicate& may_go = {});

  /// The instance that the last call of `expire`, `sweep` or `prune` came to last, also if an
  /// exception ended it; nothing if it came to none.
  [[nodiscard]] const std::optional<term>& handled_last() const noexcept { return handled_last_; }

  /// Can there be anything to prune?
  [[nodiscard]] bool prunes() const;

  /// Frees some of what nobody needs any more: operations that were remembered long enough, long
  /// histories of deleted instances. @returns whether there is more. Errors: `store_failure`.
  [[nodiscard]] result<bool> collect(timestamp now);

  /// Makes everything staged durable. If that fails, the memory goes back to what the store holds;
  /// while the store cannot be read, every call that needs it tries that first, and fails with the
  /// store's error until it succeeds.
  /// @returns the store's error: `store_failure` if nothing is stored, `unavailable` if that is not
  ///          known.
  [[nodiscard]] result<void> commit();

  /// After `commit` has thrown, since the store did: was what was staged made durable all the same?
  /// False if that is not known.
  [[nodiscard]] bool was_committed() noexcept;

  [[nodiscard]] const std::string& shard_name() const noexcept { return options_.shard_name; }
  [[nodiscard]] std::size_t staged() const noexcept { return staged_.size(); }
  /// When `expire` is to be called next: there is a deadline then, or one may be. While the store
  /// cannot be read: long ago, so that `expire` tries it.
  [[nodiscard]] std::optional<timestamp> next_deadline() const;

  // -- reading: what is staged must be committed first --------------------------------------------

  /// Errors: `instance_identifier_not_found`, `store_failure`.
  [[nodiscard]] result<instance> get(const term& identifier);
  [[nodiscard]] instance_store& store() noexcept { return *store_; }
  /// Errors: `store_failure`.
  [[nodiscard]] result<std::vector<implementation_model>> models();
  [[nodiscard]] const specification_catalog& specifications() const noexcept { return *catalog_; }

  /// The policy of a specification, or the node's.
  [[nodiscard]] const error_policy& policy_of(const report& about) const noexcept {
    return about.spec ? about.spec->options().policy : options_.policy;
  }

private:
  enum class request_kind { initialisation, step };

  explicit ledger(ledger_options options)
      : options_(std::move(options)), deadlines_(options_.deadlines_at_once) {}

  result<void> load();
  /// Loads again if that failed the last time. At the beginning of whatever changes the memory.
  result<void> refresh() { return stale_ ? load() : result<void>{}; }
  result<void> load_specifications();
  result<void> load_models();
  /// The instance, also one that is known to be deleted; null if there is none. Valid until the
  /// next call of `find` or `commit`.
  result<resident*> find(const term& identifier);
  /// The same, but null for a deleted one.
  result<resident*> find_live(const term& identifier);
  /// Makes an instance known that comes into being, in the place of a deleted one perhaps.
  resident& create(const stored_instance& created);
  result<void> read_deadlines();
  /// Brings the memory down to its limit. Only while the store has everything: nothing is staged,
  /// or what is staged was just committed.
  void evict();

  /// The decision on a request that was recorded before; nothing for a new one.
  result<std::optional<decision>> repetition_of(const std::string& operation_id,
                                                const std::string& specification,
                                                const term& identifier, request_kind kind);
  result<std::optional<recorded_operation>> recorded(const std::string& operation_id);
  void remember_operation(const std::string& operation_id, recorded_operation made, timestamp now);
  result<std::shared_ptr<const specification>> find_specification(const std::string& name) const;
  /// Was the operation recorded before? `repetition_of` need not ask the store again then.
  [[nodiscard]] bool is_recorded(const std::string& operation_id);
  /// Could so many checks be too much to be done at once?
  [[nodiscard]] bool may_ask(std::size_t checks) const;
  /// Adds the question that a step will raise.
  void foresee(const std::string& specification, const transition& step,
               std::vector<question>& open) const;
  /// The questions if they are too much to be answered at once.
  [[nodiscard]] std::vector<question> worth_asking(std::vector<question> open) const;
  /// The rule of a specification; if it has no model, that is reported, and one is made if the
  /// policy swallows the report; otherwise null.
  conformance* rule_of(const std::shared_ptr<const specification>& spec,
                       std::vector<report>& reports);
  /// Stages a new instance with its initialisation. @returns whether it did; if not, why not is
  /// reported.
  bool begin(const initialisation& request, timestamp now, verdict& worst,
             std::vector<report>& reports);
  /// Stages one step of an instance that `rule` has a model for.
  void record(resident& known, const std::shared_ptr<const specification>& spec, conformance& rule,
              lockstep::step made, const std::string& operation_id, timestamp now, verdict& worst,
              std::vector<report>& reports);
  /// The answer that the policies leave: the first error that is not swallowed, or the receipt.
  [[nodiscard]] decision conclude(const receipt& recorded, std::vector<report> reports) const;
  /// The first that its policy does not swallow, so that the caller sees it.
  [[nodiscard]] std::vector<report>::const_iterator
  first_seen(const std::vector<report>& reports) const;
  [[nodiscard]] decision refuse(failure reason,
                                std::shared_ptr<const specification> spec = nullptr) const;
  void stage_model(const implementation_model& model);
  void replace_deadline(resident& known, std::optional<timestamp> due);

  std::unique_ptr<instance_store> store_;
  std::shared_ptr<const specification_catalog> configured_;
  /// The configured specifications and, over them, those that were declared later.
  std::shared_ptr<const specification_catalog> catalog_;
  std::vector<implementation_model> files_;
  ledger_options options_;

  /// The memory is not what the store holds, and nothing is staged.
  bool stale_ = true;
  residents residents_;
  std::map<std::string, conformance> conformances_;
  /// Models that learn only since `ledger_options::learn` says so; stored as not learning.
  std::set<std::string> made_to_learn_;
  /// Models that the store has, with what is staged.
  std::unordered_set<std::string> stored_models_;
  /// Models that were written since this ledger was opened: they count, whatever a file says.
  std::unordered_set<std::string> written_models_;
  deadline_window deadlines_;
  /// Deadlines up to here are dropped, though not all of them are stored as such yet.
  timestamp dropped_until_ = timestamp::min();
  /// Of the instance that came into being last.
  std::uint64_t last_number_ = 0;

  batch staged_;
  std::unordered_map<std::string, recorded_operation> staged_operations_;
  /// Operations that the store was asked for and does not have. Until the next commit.
  std::unordered_set<std::string> not_stored_;
  std::optional<term> handled_last_;
  /// The store has the batch that was committed last.
  bool stored_ = true;
};

/// Lets configured specifications win over those of their names that were declared while the node
/// ran before: done once, when a node starts. Errors: `store_failure`.
[[nodiscard]] result<void> prefer_configured(instance_store& store,
                                             const specification_catalog& configured);

} // namespace lockstep
