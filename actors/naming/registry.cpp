#include "actors/naming/registry.hpp"

#include "actors/caf_compat.hpp"
#include "actors/errors.hpp"
#include "model/term/term_text.hpp"

#include <caf/actor_system.hpp>
#include <caf/response_promise.hpp>
#include <caf/typed_response_promise.hpp>

#include <map>
#include <utility>
#include <vector>

namespace lockstep {

namespace {

struct registry_state {
  static constexpr const char* name = "lockstep.registry";

  registry_state(registry_actor::pointer self_ptr, std::shared_ptr<name_table> shared)
      : self(self_ptr), table(std::move(shared)) {}

  registry_actor::behavior_type make_behavior() {
    return {
        [this](atoms::register_name, const term& key, const caf::strong_actor_ptr& actor) {
          return register_name(key, actor);
        },
        [this](atoms::unregister_name, const term& key, const caf::strong_actor_ptr& actor) {
          unregister(key, actor);
        },
        [this](atoms::await_name, const term& key, const caf::actor_addr& gone) {
          return await(key, gone);
        },
    };
  }

  caf::result<void> register_name(const term& key, const caf::strong_actor_ptr& actor) {
    if (!actor || compat::has_ended(actor))
      return to_error(
          {ec::unavailable, "an actor that has ended cannot be named " + to_text(key), {}});
    auto [holder, is_new] = names.try_emplace(key, actor);
    if (!is_new && holder->second != actor) {
      if (!compat::has_ended(holder->second))
        return to_error({ec::already_registered,
                         to_text(key) + " is the name of a live actor",
                         {{"name", key}}});
      holder->second = actor;
    }
    publish();
    compat::watch(self, actor,
                  [this](const caf::actor_addr& ended, const caf::error&) { release(ended); });
    answer_waiting(key, actor);
    return caf::unit;
  }

  void unregister(const term& key, const caf::strong_actor_ptr& actor) {
    auto holder = names.find(key);
    if (holder == names.end() || holder->second != actor)
      return;
    names.erase(holder);
    publish();
  }

  caf::result<caf::strong_actor_ptr> await(const term& key, const caf::actor_addr& gone) {
    if (auto holder = names.find(key);
        holder != names.end() && holder->second != gone && !compat::has_ended(holder->second))
      return holder->second;
    auto promise = self->make_response_promise<caf::strong_actor_ptr>();
    waiting.emplace(key, promise);
    return promise;
  }

  void answer_waiting(const term& key, const caf::strong_actor_ptr& actor) {
    auto [first, last] = waiting.equal_range(key);
    for (auto next = first; next != last; ++next)
      next->second.deliver(actor);
    waiting.erase(first, last);
  }

  void release(const caf::actor_addr& ended) {
    auto released = std::erase_if(names, [&](const auto& entry) { return entry.second == ended; });
    if (released > 0)
      publish();
  }

  void publish() { table->publish(std::make_shared<const name_table::names>(names)); }

  registry_actor::pointer self;
  std::shared_ptr<name_table> table;
  /// What `table` shows; the working copy.
  name_table::names names;
  /// Requests for names that nobody holds yet; each has its own timeout at its sender.
  std::multimap<term, caf::typed_response_promise<caf::strong_actor_ptr>> waiting;
};

} // namespace

registry_actor spawn_registry(caf::actor_system& system, std::shared_ptr<name_table> table) {
  auto registry = compat::spawn<registry_actor, registry_state>(system, table);
  // Here and not within the actor: whoever is started next may ask it at once.
  table->take_over(registry);
  return registry;
}

} // namespace lockstep
