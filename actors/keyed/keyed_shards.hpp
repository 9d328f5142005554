#pragma once

#include "actors/interfaces.hpp"
#include "actors/keyed/keyed_options.hpp"
#include "model/failure.hpp"

#include <caf/fwd.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace lockstep {

class instance_manager;

/// How long a read waits until its answer is certain, if nothing else is said.
inline constexpr duration default_read_patience = std::chrono::seconds{30};

/// A handle on the keyed shards of one `node_id`, in this process or in another one, for threads
/// that are no actors.
///
/// Copies are cheap; calls may come from any thread but CAF's own, and block until the shard has
/// answered: what it changed is durable then. A shard, or all of them, that are being started again
/// are waited for. Actors ask `actor()` instead.
///
/// Errors of every call beside its own: `shard_not_found`, `store_failure` and `overloaded`
/// (nothing was changed), and `unavailable`: there was no answer in time, or none from another
/// process; then it is not known whether a change was made. A request that was lost with a shard in
/// this process had no effect and is sent again.
///
/// A call with an operation id may be repeated, by whoever does not know whether it was made: the
/// repetition changes nothing and gets the first answer, also after a restart. The ids of calls
/// about cells are known to their shard until their height is below the oldest readable one
/// (`keyed_shard_contents::horizon`, `cell_options::keep_heights`), so they take memory until the
/// watermark has passed. A repetition after that is refused, since its slot is closed, or raises no
/// watermark. An id that was given to another call of the same shard is an `invalid_argument`; the
/// value of a write does not count. Those of `start_shard` are known for good, each to its shard; a
/// repetition starts a shard that is parked.
class keyed_shards {
public:
  /// Starts keyed shards, and stops them when the last copy of the handle goes. @param system Must
  /// outlive the handle and all its copies. Errors: as `prepare_keyed_shards`, and
  /// `failed_to_start_initial_child` with the shard's `key` in the context; then nothing is left
  /// running.
  [[nodiscard]] static result<keyed_shards> start(caf::actor_system& system,
                                                  keyed_shards_options options);

  /// On those that somebody else, such as a node, starts and stops in this process.
  keyed_shards(caf::actor_system& system, const keyed_home& home);

  /// On those of a node, which may be in another process. @param system As for the node's handle.
  /// Errors: `not_registered` if it has none of that `node_id`, `unavailable`.
  [[nodiscard]] static result<keyed_shards>
  connect(caf::actor_system& system, const instance_manager& node, const term& node_id);

  [[nodiscard]] const term& node_id() const noexcept { return node_id_; }

  // -- shards -------------------------------------------------------------------------------------

  /// Waits until all shards of the key map run. Errors: `failed_to_start_initial_child`.
  [[nodiscard]] result<void> await_start() const;

  /// Starts one more shard. @param initial_value The value at height 0 of the cell of that key;
  /// nothing: the cell is absent. @returns its name in the registry. Errors: `already_started` with
  /// `name` in the context, `key_map_update_failed`, `invalid_argument` if the strategy does not
  /// allow it; `unavailable` if its start was cut short: a repetition tells whether it is there.
  [[nodiscard]] result<term> start_shard(const shard_key& key,
                                         const std::optional<term>& initial_value = {},
                                         const std::string& operation_id = {}) const;

  /// The names of the shards by their keys.
  [[nodiscard]] result<std::map<shard_key, term>> shard_key_map() const;

  /// The same, with how the shards are.
  [[nodiscard]] result<keyed_shard_listing> list() const;

  /// What a shard holds.
  [[nodiscard]] result<keyed_shard_contents> contents(const shard_key& key) const;

  // -- cells --------------------------------------------------------------------------------------

  /// Takes a slot. Errors: `occupied`, `below_watermark`, `invalid_argument`.
  [[nodiscard]] result<void> reserve(const cell_key& key, std::uint64_t height,
                                     const std::string& operation_id = {}) const;

  /// Writes a slot that is reserved. Errors: `not_reserved`, `occupied` if it is written already.
  [[nodiscard]] result<void> write(const cell_key& key, const term& value, std::uint64_t height,
                                   const std::string& operation_id = {}) const;

  /// Gives a reservation up. Errors: `not_reserved`.
  [[nodiscard]] result<void> unreserve(const cell_key& key, std::uint64_t height,
                                       const std::string& operation_id = {}) const;

  /// Raises a shard's write watermark. @returns the one in force, which may be higher. Errors:
  /// `invalid_argument`.
  [[nodiscard]] result<std::uint64_t> advance_watermark(const shard_key& shard,
                                                        std::uint64_t height,
                                                        const std::string& operation_id = {}) const;

  /// The newest value strictly below a height; nothing: absent. Waits while a slot below it is
  /// reserved or the watermark is not at `height` - 1. Errors: `read_blocked` with
  /// `blocking_height` and `shard` in the context when that takes longer than `patience`;
  /// `version_collected`, `invalid_argument`.
  [[nodiscard]] result<cell_value> read(const cell_key& key, std::uint64_t height,
                                        duration patience = default_read_patience) const;

  /// The actor that stands for all of them; null while it is not running.
  [[nodiscard]] keyed_shards_actor actor() const;

  /// Ends those that `start` started, for all copies of the handle, and waits for that.
  void stop() const;

private:
  class owned_tree;

  keyed_shards(caf::actor_system& system, term node_id)
      : system_(&system), node_id_(std::move(node_id)) {}

  template <class T, class Send>
  [[nodiscard]] result<T> ask_front(const Send& send) const;
  template <class T, class... Ts>
  [[nodiscard]] result<T> ask_about(const cell_key& key, const Ts&... content) const;
  template <class T, class Send>
  [[nodiscard]] result<T> ask_shard(const shard_key& key, const Send& send) const;
  [[nodiscard]] result<keyed_shards_actor> find_front(const caf::actor_addr& gone,
                                                      std::chrono::milliseconds timeout) const;
  [[nodiscard]] std::chrono::milliseconds request_timeout() const;
  [[nodiscard]] std::chrono::milliseconds recovery_timeout() const;

  caf::actor_system* system_;
  term node_id_;
  /// Those in this process; null: of another one.
  std::shared_ptr<const keyed_shards_options> options_;
  std::shared_ptr<const router> routing_;
  keyed_shards_actor remote_;
  /// If `start` started them.
  std::shared_ptr<owned_tree> tree_;
};

} // namespace lockstep
