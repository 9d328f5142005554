#pragma once

#include "actors/fleet/asking.hpp"
#include "actors/fleet/fleet_core.hpp"
#include "actors/fleet/fleet_options.hpp"
#include "actors/fleet/pending_call.hpp"
#include "actors/fleet/worker_interface.hpp"
#include "model/failure.hpp"
#include "model/term/term.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/message.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace lockstep {

template <class Worker>
class fleet_address;

/// Workers by key, under one name, in one process: a registry, a supervisor and a keeper that
/// starts each worker when its first message comes. `Worker` is the type of their handles,
/// `caf::typed_actor<...>` or `caf::actor`; with the former, messages are checked when they are
/// compiled.
///
/// A key has at most one worker at a time, however many ask for it at once. A worker that crashes
/// is started again; one that crashes too often is parked; one that ends normally by itself is gone
/// until the next message, and so is one that was idle for long (`fleet_options::idle_timeout`).
///
/// This is a handle: copies stand for the same fleet, and any thread may use it. Functions that
/// return an answer of an actor block for at most the call's timeout; they are for threads that are
/// no actors. Actors use `request`, `cast` and `keeper`.
///
/// Messages of one sender, an actor or a thread, to one key arrive in the order in which they were
/// sent, requests and casts alike, while they arrive: a worker that crashes takes along what is in
/// its mailbox. Calls fail then; of casts nobody hears. `begin_call` counts as a sender of its own:
/// until it is answered it has no order with what its thread sends.
///
/// The fleet is stopped by `stop`, or when the last handle goes; workers that hold one keep it
/// alive.
template <class Worker>
class fleet {
public:
  /// Makes the worker of a key. Called in the thread of the fleet's supervisor; may throw.
  using factory = std::function<Worker(caf::actor_system& system, const term& key)>;

  /// Starts a fleet and waits until it is there. Errors: invalid_configuration, unavailable.
  [[nodiscard]] static result<fleet> start(caf::actor_system& system, fleet_options options,
                                           factory make_worker) {
    return begin_start(system, std::move(options), std::move(make_worker)).and_then([](fleet made) {
      return made.core().wait_until_ready().map([&] { return std::move(made); });
    });
  }

  /// As `start`, without waiting: calls are refused until the fleet is there.
  [[nodiscard]] static result<fleet> begin_start(caf::actor_system& system, fleet_options options,
                                                 factory make_worker) {
    worker_start start_worker;
    if (make_worker)
      start_worker =
          [make_worker = std::move(make_worker)](caf::actor_system& where,
                                                 const term& key) -> result<caf::strong_actor_ptr> {
        return caf::actor_cast<caf::strong_actor_ptr>(make_worker(where, key));
      };
    return fleet_core::start(system, std::move(options), std::move(start_worker))
        .map([](std::shared_ptr<fleet_core> core) { return fleet{std::move(core)}; });
  }

  /// The same fleet, with other options for calls and casts through this handle.
  [[nodiscard]] fleet with(call_options how) const {
    auto other = *this;
    other.how_ = how;
    return other;
  }

  // -- one worker ---------------------------------------------------------------------------------

  /// Sends the worker of that key a request and waits for its answer, of type T; a typed interface
  /// tells T by itself.
  ///
  /// Errors: the worker's own; not_started; child_parked, with the `reason` in the context;
  /// max_children; unavailable if it did not start, did not answer in time, or ended before it did:
  /// the message says whether the call may have had effect. invalid_argument for a message that an
  /// untyped worker does not have, and for errors that are no `ec`.
  template <class T = from_interface, class... Ts>
  result<answer_of<Worker, T, Ts...>> call(const term& key, Ts&&... content) const {
    return begin_call<T>(key, std::forward<Ts>(content)...).wait();
  }

  /// As `call`, without waiting yet. Calls that are under way together have no order among them.
  template <class T = from_interface, class... Ts>
  [[nodiscard]] pending_call<answer_of<Worker, T, Ts...>> begin_call(const term& key,
                                                                     Ts&&... content) const {
    using wanted = answer_of<Worker, T, Ts...>;
    return in_background<wanted>(
        core().system(),
        [core = shared_core(), how = how_, key, sent = packed(std::forward<Ts>(content)...)](
            caf::event_based_actor* self, auto done, auto failed) mutable {
          fleet_request<Worker, wanted, caf::event_based_actor, detail::sent_as<Ts>...>(
              self, std::move(core), how, std::move(key), std::move(sent))
              .then(done, failed);
        });
  }

  /// For actors: a request whose answer comes later, `request(self, key, ...).then(done, failed)`.
  template <class T = from_interface, class Self, class... Ts>
  [[nodiscard]] auto request(Self* self, const term& key, Ts&&... content) const {
    return fleet_request<Worker, answer_of<Worker, T, Ts...>, Self, detail::sent_as<Ts>...>(
        self, shared_core(), how_, key, packed(std::forward<Ts>(content)...));
  }

  /// Sends the worker of that key a message that has no answer. What becomes of it is told nobody:
  /// if no worker comes, the fleet's `report` hears of it. Does not block. Errors: unavailable if
  /// the fleet does not run.
  template <class... Ts>
  result<void> cast(const term& key, Ts&&... content) const {
    static_assert(understands<Worker, Ts...>, "the worker's interface has no such message");
    return core().cast(key, caf::make_message(std::forward<Ts>(content)...), how_.absent);
  }

  /// An address for one key: finds the worker anew with each message.
  [[nodiscard]] fleet_address<Worker> via(term key) const;

  /// Ends the worker of that key after what it was sent before. Calls and casts that come later
  /// start another one. A parked one is forgotten. Errors: not_started, unavailable.
  result<void> stop(const term& key) const { return ask_keeper(atoms::stop_worker_v, key); }

  /// Starts a parked worker again. Errors: child_not_found if it is not parked, unavailable.
  result<void> restart(const term& key) const { return ask_keeper(atoms::restart_child_v, key); }

  // -- all workers --------------------------------------------------------------------------------

  /// How many workers there are. No look at all of them blocks anybody.
  [[nodiscard]] std::size_t count() const { return core().names().count(); }

  /// Some keys of workers in term order: those after `after`, from the first one without; at most
  /// `limit`. Fewer than that: they are the last.
  [[nodiscard]] std::vector<term> keys(const std::optional<term>& after = std::nullopt,
                                       std::size_t limit = 1'000) const {
    return core().names().keys_page(after, limit);
  }

  /// The key of some worker, each as likely; nothing if there is none. Looks at all keys.
  [[nodiscard]] std::optional<term> random() const { return core().random_key(); }

  /// Sends all workers a message that has no answer, and starts none. @returns to how many.
  template <class... Ts>
  std::size_t broadcast(Ts&&... content) const {
    static_assert(understands<Worker, Ts...>, "the worker's interface has no such message");
    return core().broadcast(caf::make_message(std::forward<Ts>(content)...));
  }

  /// The workers that crashed too often, in term order. Errors: unavailable.
  [[nodiscard]] result<std::vector<parked_worker>> parked() const;

  /// Stops all workers, then the fleet, and waits until they have ended: each is asked to, and
  /// killed after `fleet_options::shutdown`. What they have not handled is lost; calls fail.
  void stop() const {
    begin_stop();
    core().wait_until_ended();
  }

  /// As `stop`, without waiting.
  void begin_stop() const { core().ask_to_stop(); }

  /// For actors, which must not block: the actor that stops, restarts and lists workers for them.
  /// Null before the fleet is there. Its messages do not name handles of workers but `submit`,
  /// which is the library's own.
  [[nodiscard]] fleet_keeper_actor keeper() const { return core().keeper(); }

private:
  /// Asks the fleet to stop when the last handle goes.
  struct owner {
    explicit owner(std::shared_ptr<fleet_core> owned) : core(std::move(owned)) {}
    owner(const owner&) = delete;
    owner& operator=(const owner&) = delete;
    ~owner() { core->ask_to_stop(); }
    std::shared_ptr<fleet_core> core;
  };

  explicit fleet(std::shared_ptr<fleet_core> core)
      : how_(core->options().calls), owner_(std::make_shared<owner>(std::move(core))) {}

  [[nodiscard]] const fleet_core& core() const noexcept { return *owner_->core; }
  [[nodiscard]] std::shared_ptr<const fleet_core> shared_core() const { return owner_->core; }

  template <class... Ts>
  static std::tuple<detail::sent_as<Ts>...> packed(Ts&&... content) {
    return {detail::sent_as<Ts>(std::forward<Ts>(content))...};
  }

  template <class Answer = void, class... Ts>
  result<Answer> ask_keeper(const Ts&... content) const {
    return in_background<Answer>(
               core().system(),
               [core = shared_core(), how = how_, content...](caf::event_based_actor* self,
                                                              auto done, auto failed) {
                 auto refused = [core, failed](const caf::error& reason) {
                   failed(core->keeper_failure(reason));
                 };
                 compat::request(self, core->keeper(),
                                 core->options().shutdown + within_bounds(how.timeout), content...)
                     .then(done, refused);
               })
        .wait();
  }

  call_options how_;
  std::shared_ptr<owner> owner_;
};

/// The worker of one key, whichever actor that is: see `fleet::via`.
template <class Worker>
class fleet_address {
public:
  fleet_address(fleet<Worker> where, term key) : fleet_(std::move(where)), key_(std::move(key)) {}

  [[nodiscard]] const term& key() const noexcept { return key_; }

  /// As those of the fleet.
  template <class T = from_interface, class... Ts>
  result<answer_of<Worker, T, Ts...>> call(Ts&&... content) const {
    return fleet_.template call<T>(key_, std::forward<Ts>(content)...);
  }
  template <class T = from_interface, class Self, class... Ts>
  [[nodiscard]] auto request(Self* self, Ts&&... content) const {
    return fleet_.template request<T>(self, key_, std::forward<Ts>(content)...);
  }
  template <class... Ts>
  result<void> cast(Ts&&... content) const {
    return fleet_.cast(key_, std::forward<Ts>(content)...);
  }

private:
  fleet<Worker> fleet_;
  term key_;
};

template <class Worker>
fleet_address<Worker> fleet<Worker>::via(term key) const {
  return {*this, std::move(key)};
}

template <class Worker>
result<std::vector<parked_worker>> fleet<Worker>::parked() const {
  return ask_keeper<std::vector<child_info>>(atoms::show_parked_v)
      .map([](const std::vector<child_info>& children) {
        std::vector<parked_worker> all;
        for (const auto& one : children)
          all.push_back({*one.name, *one.parked});
        return all;
      });
}

} // namespace lockstep
