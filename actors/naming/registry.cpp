#include "actors/naming/registry.hpp"

#include "actors/caf_compat.hpp"
#include "actors/errors.hpp"
#include "model/term/term_text.hpp"

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/disposable.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace lockstep {

namespace {

/// Pause before the table is looked at again of which somebody still reads an old version.
constexpr auto reader_pause = std::chrono::microseconds{200};

/// How long at least a request for a name that nobody gets is kept: longer than anybody waits.
constexpr auto longest_wait = std::chrono::minutes{5};

failure not_held(const term& key) {
  return {ec::not_registered, "the actor does not hold the name " + to_text(key), {{"name", key}}};
}

struct registry_state {
  static constexpr const char* name = "lockstep.registry";

  registry_state(registry_actor::pointer self_ptr, std::shared_ptr<name_table> shared,
                 registry_options given)
      : self(self_ptr), table(std::move(shared)), options(std::move(given)) {}

  ~registry_state() { sweep_timer.dispose(); }

  registry_actor::behavior_type make_behavior() {
    return {
        [this](atoms::register_name, const term& key, const caf::strong_actor_ptr& actor,
               const term& value) { return register_name(key, actor, value); },
        [this](atoms::register_name, const term& key, const caf::strong_actor_ptr& actor) {
          return register_name(key, actor, {});
        },
        [this](atoms::unregister_name, const term& key, const caf::strong_actor_ptr& actor) {
          return unregister_name(key, actor);
        },
        [this](atoms::update_value, const term& key, const caf::strong_actor_ptr& actor,
               const term& value) { return update_value(key, actor, value); },
        [this](atoms::put_meta, const term& key, const term& value) {
          return put_meta(key, value);
        },
        [this](atoms::listen, const caf::strong_actor_ptr& listener) { return listen(listener); },
        [this](atoms::unlisten, const caf::strong_actor_ptr& listener) {
          return unlisten(listener);
        },
        [this](atoms::await_name, const term& key, const caf::actor_addr& gone) {
          return await(key, gone);
        },
        [this](atoms::commit) { show_changes(); },
    };
  }

  // -- requests -----------------------------------------------------------------------------------

  caf::result<std::uint64_t> register_name(const term& key, const caf::strong_actor_ptr& actor,
                                           const term& value) {
    return later<std::uint64_t>([this, key, actor, value](name_changes& names) {
      return assign(names, key, actor, value);
    });
  }

  caf::result<std::uint64_t> unregister_name(const term& key, const caf::strong_actor_ptr& actor) {
    return later<std::uint64_t>([this, key, actor](name_changes& names) -> result<std::uint64_t> {
      if (names.names().find(key, actor) == nullptr)
        return tl::unexpected(not_held(key));
      return withdraw(names, key, actor);
    });
  }

  caf::result<std::uint64_t> update_value(const term& key, const caf::strong_actor_ptr& actor,
                                          const term& value) {
    return later<std::uint64_t>([key, actor, value](name_changes& names) -> result<std::uint64_t> {
      if (names.names().find(key, actor) == nullptr)
        return tl::unexpected(not_held(key));
      return names.make(name_change::kind::update, key, actor, value);
    });
  }

  caf::result<std::uint64_t> put_meta(const term& key, const term& value) {
    return later<std::uint64_t>([key, value](name_changes& names) -> result<std::uint64_t> {
      return names.make(name_change::kind::put_meta, key, nullptr, value);
    });
  }

  caf::result<void> listen(const caf::strong_actor_ptr& listener) {
    return later<void>([this, listener](name_changes&) -> result<void> {
      if (!listener || compat::has_ended(listener))
        return fail(ec::unavailable, "an actor that has ended cannot listen to the registry");
      watch(listener);
      listeners.emplace(listener->address(), listener);
      return {};
    });
  }

  caf::result<void> unlisten(const caf::strong_actor_ptr& listener) {
    return later<void>([this, listener](name_changes&) -> result<void> {
      if (listener)
        listeners.erase(listener->address());
      return {};
    });
  }

  caf::result<caf::strong_actor_ptr> await(const term& key, const caf::actor_addr& gone) {
    for (const auto& one : table->find(key))
      if (one.holder != gone && !compat::has_ended(one.holder))
        return one.holder;
    auto promise = self->make_response_promise<caf::strong_actor_ptr>();
    waiting.emplace(key, waiting_request{promise, self->clock().now()});
    if (waiting.size() == 1)
      sweep_later();
    return promise;
  }

  // -- one change ---------------------------------------------------------------------------------

  result<std::uint64_t> assign(name_changes& names, const term& key,
                               const caf::strong_actor_ptr& actor, const term& value) {
    if (!actor || compat::has_ended(actor))
      return fail(ec::unavailable, "an actor that has ended cannot be named " + to_text(key),
                  {{"name", key}});
    if (names.names().find(key, actor) != nullptr)
      return names.make(name_change::kind::update, key, actor, value);
    if (options.keys == key_kind::unique)
      if (auto free = make_free(names, key); !free)
        return tl::unexpected(free.error());
    watch(actor);
    tell([&] { return caf::make_message(atoms::registered_v, options.id, key, actor, value); });
    afterwards.push_back([this, key, actor] { answer_waiting(key, actor); });
    return names.make(name_change::kind::assign, key, actor, value);
  }

  /// Takes a name from a holder that has ended, of which the registry has not heard yet.
  result<void> make_free(name_changes& names, const term& key) {
    const caf::strong_actor_ptr actor{names.names().holder(key, pack(key))};
    if (!actor)
      return {};
    if (!compat::has_ended(actor))
      return fail(ec::already_registered, to_text(key) + " is the name of a live actor",
                  {{"name", key},
                   {"holder", term{caf::to_string(actor)}},
                   {"value", names.names().find(key, actor)->value}});
    withdraw(names, key, actor);
    return {};
  }

  std::uint64_t withdraw(name_changes& names, const term& key, const caf::strong_actor_ptr& actor) {
    tell([&] {
      return caf::make_message(atoms::unregistered_v, options.id, key, actor->address());
    });
    return names.make(name_change::kind::withdraw, key, actor, {});
  }

  // -- actors that end ----------------------------------------------------------------------------

  void watch(const caf::strong_actor_ptr& actor) {
    if (watched.insert(actor->address()).second)
      compat::watch(self, actor,
                    [this](const caf::actor_addr& ended, const caf::error&) { release(ended); });
  }

  void release(const caf::actor_addr& ended) {
    watched.erase(ended);
    listeners.erase(ended);
    // Whoever has a name is kept alive by it.
    auto actor = caf::actor_cast<caf::strong_actor_ptr>(ended);
    if (!actor)
      return;
    queue.push_back([this, actor](name_changes& names) {
      for (const auto& key : names.names().names_of(actor))
        withdraw(names, key, actor);
    });
    show_soon();
  }

  // -- showing what has changed -------------------------------------------------------------------

  /// Has `decide(name_changes&)` called when the table can be changed, and its result delivered
  /// when the change is shown.
  template <class T, class F>
  caf::result<T> later(F decide) {
    auto promise = self->make_response_promise<T>();
    queue.push_back([this, promise, decide](name_changes& names) {
      afterwards.push_back(
          [promise, answer = decide(names)]() mutable { deliver(promise, std::move(answer)); });
    });
    show_soon();
    return promise;
  }

  /// After the messages that are waiting already.
  void show_soon() {
    if (!std::exchange(is_due, true))
      compat::send(self, caf::actor_cast<registry_actor>(self), atoms::commit_v);
  }

  void show_changes() {
    const auto shown = table->try_change([this](name_changes& names) {
      for (const auto& one : std::exchange(queue, {}))
        one(names);
    });
    is_due = false;
    for (const auto& one : std::exchange(afterwards, {}))
      one();
    if (!shown || !table->settle())
      look_again();
  }

  /// Somebody still reads an old version; this thread does not wait for it.
  void look_again() {
    is_due = true;
    self->run_delayed(reader_pause, [this] { show_changes(); });
  }

  /// Sends every listener what `message()` returns, when the change is shown.
  template <class F>
  void tell(F message) {
    if (listeners.empty())
      return;
    std::vector<caf::strong_actor_ptr> receivers;
    for (const auto& [address, listener] : listeners)
      receivers.push_back(listener);
    afterwards.push_back([receivers = std::move(receivers), content = message()] {
      for (const auto& one : receivers)
        one->enqueue(nullptr, caf::make_message_id(), content, nullptr);
    });
  }

  void answer_waiting(const term& key, const caf::strong_actor_ptr& actor) {
    auto [first, last] = waiting.equal_range(key);
    for (auto next = first; next != last; ++next)
      next->second.promise.deliver(actor);
    waiting.erase(first, last);
    if (waiting.empty())
      sweep_timer.dispose();
  }

  // -- requests that nobody waits for any more ----------------------------------------------------

  struct waiting_request {
    caf::typed_response_promise<caf::strong_actor_ptr> promise;
    caf::actor_clock::time_point since;
  };

  void sweep_later() {
    sweep_timer = self->run_delayed(longest_wait, [this] { sweep(); });
  }

  /// Refuses the requests that are too old.
  void sweep() {
    const auto oldest = self->clock().now() - longest_wait;
    for (auto next = waiting.begin(); next != waiting.end();) {
      auto& [key, request] = *next;
      if (request.since > oldest) {
        ++next;
        continue;
      }
      request.promise.deliver(
          to_error({ec::unavailable, "nobody got the name " + to_text(key), {{"name", key}}}));
      next = waiting.erase(next);
    }
    if (!waiting.empty())
      sweep_later();
  }

  registry_actor::pointer self;
  std::shared_ptr<name_table> table;
  registry_options options;
  /// What is to be decided and done when the table can be changed, in order of arrival.
  std::vector<std::function<void(name_changes&)>> queue;
  /// What is to be sent when that is shown.
  std::vector<std::function<void()>> afterwards;
  /// Is `show_changes` about to be called?
  bool is_due = false;
  /// Actors whose end the registry will hear of.
  std::unordered_set<caf::actor_addr> watched;
  std::map<caf::actor_addr, caf::strong_actor_ptr> listeners;
  /// Requests for names that nobody holds yet; each has its own, shorter timeout at its sender.
  std::multimap<term, waiting_request> waiting;
  /// Runs while there are some.
  caf::disposable sweep_timer;
};

} // namespace

registry_actor spawn_registry(caf::actor_system& system, std::shared_ptr<name_table> table,
                              registry_options options) {
  auto registry = compat::spawn<registry_actor, registry_state>(system, table, std::move(options));
  // Here and not within the actor: whoever is started next may ask it at once.
  table->take_over(registry);
  return registry;
}

} // namespace lockstep
