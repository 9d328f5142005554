#pragma once

#include "model/failure.hpp"
#include "model/routing/routing_strategy.hpp"
#include "model/workflow/implementation_model.hpp"
#include "persistence/change.hpp"
#include "persistence/store_summary.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lockstep {

/// Which part of a store a page shows.
struct page_request {
  /// `next` of the page before, 0 for the first one.
  std::uint64_t from = 0;
  /// Instances that came into being after this one, see `last_instance`, are left out.
  std::uint64_t until = std::numeric_limits<std::int64_t>::max();
  /// At most so many instances are returned …
  std::size_t limit = 1'000;
  /// … and so many are looked at: what bounds the time that a page takes.
  std::size_t visit = 1'000;
};

/// Chooses instances; without a function, all.
using instance_predicate = std::function<bool(const instance_head&)>;

/// Some of the instances, in the order in which they were created.
struct instance_page {
  std::vector<stored_instance> instances;
  /// Where the next page begins; nothing after the last one.
  std::optional<std::uint64_t> next;
};

/// Durable home of the instances and models of one shard.
///
/// Not thread-safe: one shard owns a store. Every call may block for the time of one transaction;
/// with a durable store `commit` includes an fsync (milliseconds). Identifiers are compared in
/// full. The store has no clock: times are the caller's.
///
/// Every function returns `store_failure` with the engine's message if the engine fails.
class instance_store {
public:
  instance_store() = default;
  instance_store(const instance_store&) = delete;
  instance_store& operator=(const instance_store&) = delete;
  virtual ~instance_store() = default;

  /// Makes the changes durable, in their order, all or none. When it returns an error nothing of
  /// the batch is stored, nor ever will be; except for `unavailable`, see `reopening_store`.
  [[nodiscard]] virtual result<void> commit(const batch& changes) = 0;

  [[nodiscard]] virtual result<std::optional<stored_instance>> find(const term& identifier) = 0;

  /// The steps of an instance, oldest first; empty for an unknown one.
  [[nodiscard]] virtual result<std::vector<step>> history(const term& identifier) = 0;

  /// The step that an operation id was remembered with, also after its instance was deleted.
  [[nodiscard]] virtual result<std::optional<recorded_operation>>
  find_operation(std::string_view operation_id) = 0;

  /// The instances of one part of the store that `accept` chooses. May be empty and yet have a
  /// `next`.
  [[nodiscard]] virtual result<instance_page> page(const page_request& part,
                                                   const instance_predicate& accept) = 0;

  /// The number of the instance that came into being last, deleted ones included; 0 if there never
  /// was one.
  [[nodiscard]] virtual result<std::uint64_t> last_instance() = 0;

  /// At most `limit` operations in ascending order of their ids, from the one after `after`.
  [[nodiscard]] virtual result<std::vector<stored_operation>> operations(std::string_view after,
                                                                         std::size_t limit) = 0;

  /// Forgets operations that were recorded before a time, at most so many.
  /// @returns whether there may be more.
  [[nodiscard]] virtual result<bool> forget_operations(timestamp before, std::size_t limit) = 0;

  /// Frees what long histories of deleted instances still take, at most so many steps at a time.
  /// @returns whether there is more.
  [[nodiscard]] virtual result<bool> collect(std::size_t steps) = 0;

  /// Counts the instances of one part of the store by state, and their deviations; `limit` of the
  /// part does not matter.
  /// @param max_deviations How many to return; `total` counts all. Takes the time of `visit`
  ///        instances, and of their deviations.
  [[nodiscard]] virtual result<store_summary> summarise(const page_request& part,
                                                        std::size_t max_deviations) = 0;

  /// Of the whole store, part by part; in ascending order of specification and state. Reads every
  /// instance.
  [[nodiscard]] result<std::vector<state_count>> count_by_state();

  /// Of the whole store, likewise. @param limit How many to return; `total` counts all.
  [[nodiscard]] result<deviation_list> deviations(std::size_t limit);

  /// At most `limit` deadlines that lie ahead or were not reported yet, the earliest first, from a
  /// place in their order on.
  [[nodiscard]] virtual result<std::vector<due_instance>> deadlines(const deadline_position& from,
                                                                    std::size_t limit) = 0;

  /// All models, in ascending order of their specifications.
  [[nodiscard]] virtual result<std::vector<implementation_model>> models() = 0;

  /// The specifications that were declared while the node ran, as JSON text by name.
  [[nodiscard]] virtual result<std::map<std::string, std::string>> specifications() = 0;

  /// The quarantined instances, in ascending order of their identifiers.
  [[nodiscard]] virtual result<std::vector<quarantined_instance>> quarantined() = 0;
};

/// An instance with its history. Errors: `store_failure`.
[[nodiscard]] result<instance> whole_instance(instance_store& store, instance_head head);

/// Which shard of how many a store belongs to, and how instances are divided among them. It is
/// written into a new store and checked at every later opening, since a store under another
/// division would hide instances.
struct store_identity {
  std::uint32_t shard = 1;
  std::uint32_t distribution_factor = 1;
  /// `modulo` or `rendezvous`.
  routing_strategy routing = routing_strategy::modulo;
};

} // namespace lockstep
