#pragma once

#include "actors/fleet/fleet_options.hpp"
#include "actors/interfaces.hpp"
#include "actors/naming/name_table.hpp"
#include "model/failure.hpp"
#include "model/fleets/seat_table.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/error.hpp>
#include <caf/fwd.hpp>
#include <caf/message.hpp>

#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace lockstep {

/// Starts a worker for a key, within the thread of the fleet's supervisor.
using worker_start =
    std::function<result<caf::strong_actor_ptr>(caf::actor_system& system, const term& key)>;

/// What the handles and the keeper of one fleet share: all of `fleet` that does not depend on the
/// type of its workers. Thread-safe; none of its functions but `wait_until_ready` and
/// `wait_until_ended` blocks.
class fleet_core : public std::enable_shared_from_this<fleet_core> {
public:
  /// Begins to start the tree: registry, then the workers' supervisor, then the keeper. Errors:
  /// invalid_configuration.
  [[nodiscard]] static result<std::shared_ptr<fleet_core>>
  start(caf::actor_system& system, fleet_options options, worker_start start_worker);

  [[nodiscard]] caf::actor_system& system() const noexcept { return *system_; }
  [[nodiscard]] const fleet_options& options() const noexcept { return options_; }
  [[nodiscard]] const name_table& names() const noexcept { return *names_; }
  [[nodiscard]] seat_table& seats() const noexcept { return *seats_; }

  /// Errors: unavailable.
  [[nodiscard]] result<void> wait_until_ready() const;
  void wait_until_ended() const { ended_.wait(); }
  void ask_to_stop() const;

  // -- for senders --------------------------------------------------------------------------------

  /// The way of a message.
  struct entrance {
    /// Null: by way of the keeper.
    caf::strong_actor_ptr worker;
    /// To be kept until the message is in the worker's mailbox, or the call answered; or to be sent
    /// along to the keeper.
    seat_table::stay_ptr on_it;
  };
  [[nodiscard]] entrance enter(const term& key) const;

  /// Sends the worker of a key a message. Errors: unavailable, if the fleet has ended.
  [[nodiscard]] result<void> cast(const term& key, const caf::message& content,
                                  if_absent absent) const;

  /// Sends all workers a message. @returns how many there are.
  [[nodiscard]] std::size_t broadcast(const caf::message& content) const;

  /// The fleet's keeper; null while there is none.
  [[nodiscard]] fleet_keeper_actor keeper() const;

  /// A key that has a worker, each with the same chance; nothing if there is none.
  [[nodiscard]] std::optional<term> random_key() const;

  // -- for those who tell of errors ---------------------------------------------------------------

  /// Why a worker did not answer. Its own answers stay as they are.
  [[nodiscard]] failure worker_failure(const term& key, const caf::error& reason) const;
  /// Why the keeper did not answer. Its own answers stay as they are.
  [[nodiscard]] failure keeper_failure(const caf::error& reason) const;
  /// Why nobody answered a call by way of the keeper, who may or may not have passed it on; from
  /// now on it will not.
  [[nodiscard]] failure detour_failure(const term& key, const seat_table::stay& on_it,
                                       const caf::error& reason) const;
  [[nodiscard]] failure failure_of(ec code, const term& key, const std::string& what) const;
  void report(const failure& what) const;

  // -- for the keeper alone -----------------------------------------------------------------------

  [[nodiscard]] supervisor_actor workers() const;
  [[nodiscard]] local_child child_of(const term& key) const;

private:
  fleet_core(caf::actor_system& system, fleet_options options, worker_start start_worker);
  void spawn_tree();
  result<caf::strong_actor_ptr> start_registry() const;
  result<caf::strong_actor_ptr> start_workers();
  result<caf::strong_actor_ptr> start_keeper();
  void hear(const failure& what) const;
  [[nodiscard]] failure has_ended() const;

  caf::actor_system* system_;
  fleet_options options_;
  worker_start start_worker_;
  std::shared_ptr<name_table> names_ = std::make_shared<name_table>();
  std::shared_ptr<seat_table> seats_;
  supervisor_actor root_;
  std::shared_future<void> ready_;
  std::shared_future<failure> ended_;

  mutable std::mutex mutex_; // held for the copy of a pointer only
  supervisor_actor workers_;
  fleet_keeper_actor keeper_;
};

} // namespace lockstep
