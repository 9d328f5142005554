#include "actors/fleet/fleet_core.hpp"

#include "actors/caf_compat.hpp"
#include "actors/errors.hpp"
#include "actors/fleet/keeper.hpp"
#include "actors/naming/registry.hpp"
#include "actors/supervision/supervisor.hpp"
#include "actors/write_down.hpp"
#include "model/in_quotes.hpp"
#include "model/term/term_text.hpp"

#include <caf/abstract_actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/exit_reason.hpp>
#include <caf/sec.hpp>

#include <chrono>
#include <random>
#include <utility>

namespace lockstep {

namespace {

/// So many names are read from the registry at once.
constexpr std::size_t names_at_once = 1'000;

/// Did the worker end with the message? Nobody knows then how far it got.
bool has_ended_with_it(const caf::error& reason) {
  return receiver_has_gone(reason) || reason == caf::sec::runtime_error
         || reason.category() == caf::type_id_v<caf::exit_reason>;
}

/// What becomes of a fleet's tree. Thread-safe.
class tree_news {
public:
  explicit tree_news(std::shared_ptr<name_table> names) : names_(std::move(names)) {}

  [[nodiscard]] std::shared_future<void> ready() { return ready_.get_future().share(); }
  [[nodiscard]] std::shared_future<failure> ended() { return ended_.get_future().share(); }

  void tell_ready() {
    std::call_once(told_, [this] { ready_.set_value(); });
  }
  void registry_started() {
    std::lock_guard guard{mutex_};
    ++registries_;
  }
  void registry_ended() {
    hear_end([this] { --registries_; });
  }
  void root_ended(failure why) {
    hear_end([&] { why_ = std::move(why); });
  }

private:
  /// A root that is killed does not wait for its registry, and the names are the registry's until
  /// it has ended, too.
  template <class Change>
  void hear_end(Change change) {
    {
      std::lock_guard guard{mutex_};
      change();
      if (!why_ || registries_ > 0)
        return;
    }
    // The registry may have ended before it heard of the last workers' ends.
    names_->take_over({});
    ended_.set_value(*why_);
    tell_ready();
  }

  std::shared_ptr<name_table> names_;
  std::promise<void> ready_;
  std::promise<failure> ended_;
  std::once_flag told_;
  std::mutex mutex_;
  std::size_t registries_ = 0;
  std::optional<failure> why_;
};

child_spec child(std::string id, std::function<result<caf::strong_actor_ptr>()> start,
                 child_kind kind = child_kind::worker) {
  child_spec spec;
  spec.id = std::move(id);
  spec.start = [start = std::move(start)](caf::actor_system&) { return start(); };
  spec.kind = kind;
  if (kind == child_kind::supervisor)
    spec.shutdown.reset(); // as long as its own children may take
  return spec;
}

} // namespace

result<std::shared_ptr<fleet_core>>
fleet_core::start(caf::actor_system& system, fleet_options options, worker_start start_worker) {
  const auto name = in_quotes(options.name);
  if (!start_worker)
    return fail(ec::invalid_configuration,
                "fleet " + name + " needs a function that starts workers");
  if (options.idle_timeout && *options.idle_timeout <= duration::zero())
    return fail(ec::invalid_configuration, "fleet " + name
                                               + " has an idle_timeout of nothing; give more, or "
                                                 "none for workers that stay");
  options.shutdown = within_bounds(options.shutdown);
  if (!options.now)
    options.now = std::chrono::steady_clock::now;
  std::shared_ptr<fleet_core> core{
      new fleet_core(system, std::move(options), std::move(start_worker))};
  core->spawn_tree();
  return core;
}

fleet_core::fleet_core(caf::actor_system& system, fleet_options options, worker_start start_worker)
    : system_(&system),
      options_(std::move(options)),
      start_worker_(std::move(start_worker)),
      seats_(std::make_shared<seat_table>(options_.idle_timeout.has_value(), options_.now)) {}

// -- the tree -------------------------------------------------------------------------------------

void fleet_core::spawn_tree() {
  auto hears = std::make_shared<tree_news>(names_);
  ready_ = hears->ready();
  ended_ = hears->ended();

  auto self = shared_from_this();
  std::vector<child_spec> children;
  children.push_back(child(options_.name + " registry", [self, hears] {
    return self->start_registry().map([&](caf::strong_actor_ptr registry) {
      hears->registry_started();
      caf::actor_cast<caf::abstract_actor*>(registry)->attach_functor(
          [hears](const caf::error&) { hears->registry_ended(); });
      return registry;
    });
  }));
  children.push_back(child(
      options_.name + " workers", [self] { return self->start_workers(); },
      child_kind::supervisor));
  children.push_back(child(options_.name + " keeper", [self, hears] {
    return self->start_keeper().map([&](caf::strong_actor_ptr keeper) {
      hears->tell_ready();
      return keeper;
    });
  }));
  supervisor_options how;
  how.id = "fleet " + options_.name;
  how.strategy = restart_strategy::rest_for_one;
  how.report = options_.report;
  root_ = spawn_supervisor(*system_, std::move(how), std::move(children));
  root_->attach_functor(
      [hears](const caf::error& reason) { hears->root_ended(to_failure(reason)); });
}

result<caf::strong_actor_ptr> fleet_core::start_registry() const {
  registry_options how;
  how.id = term{options_.name};
  return caf::actor_cast<caf::strong_actor_ptr>(spawn_registry(*system_, names_, std::move(how)));
}

result<caf::strong_actor_ptr> fleet_core::start_workers() {
  supervisor_options how;
  how.id = options_.name + " workers";
  how.max_restarts = no_limit;
  how.names = names_;
  how.max_children = options_.max_workers.value_or(no_limit);
  how.forget_ended = true;
  how.report = [self = weak_from_this()](const failure& what) {
    if (auto core = self.lock())
      core->hear(what);
  };
  auto workers = spawn_supervisor(*system_, std::move(how), {});
  std::lock_guard guard{mutex_};
  workers_ = workers;
  return caf::actor_cast<caf::strong_actor_ptr>(workers);
}

result<caf::strong_actor_ptr> fleet_core::start_keeper() {
  auto keeper = spawn_keeper(*system_, shared_from_this());
  std::lock_guard guard{mutex_};
  keeper_ = keeper;
  return caf::actor_cast<caf::strong_actor_ptr>(keeper);
}

local_child fleet_core::child_of(const term& key) const {
  auto spec = std::make_shared<child_spec>();
  spec->id = to_text(key);
  spec->start = [self = weak_from_this(),
                 key](caf::actor_system& system) -> result<caf::strong_actor_ptr> {
    if (auto core = self.lock())
      return core->start_worker_(system, key);
    return fail(ec::unavailable, "the fleet has ended");
  };
  spec->name = key;
  spec->shutdown = options_.shutdown;
  spec->restart = restart_type::transient;
  spec->budget = options_.budget;
  return {std::move(spec)};
}

/// The supervisor's news that concern the keeper, too.
void fleet_core::hear(const failure& what) const {
  if (auto id = what.context.find("child");
      what.code == ec::child_parked && id != what.context.end())
    if (auto told = keeper())
      compat::anon_send(told, atoms::park_v, std::string{*id->second.as_binary()},
                        std::string{*what.context.at("reason").as_binary()});
  report(what);
}

result<void> fleet_core::wait_until_ready() const {
  ready_.wait();
  if (ended_.wait_for(std::chrono::seconds{0}) == std::future_status::ready)
    return tl::unexpected(ended_.get());
  return {};
}

void fleet_core::ask_to_stop() const {
  compat::ask_to_exit(caf::actor_cast<caf::strong_actor_ptr>(root_),
                      caf::exit_reason::user_shutdown);
}

supervisor_actor fleet_core::workers() const {
  std::lock_guard guard{mutex_};
  return workers_;
}

fleet_keeper_actor fleet_core::keeper() const {
  std::lock_guard guard{mutex_};
  return keeper_;
}

// -- sending --------------------------------------------------------------------------------------

fleet_core::entrance fleet_core::enter(const term& key) const {
  auto way = seats_->enter(key);
  if (!way.straight)
    return {nullptr, std::move(way.on_it)};
  if (auto worker = names_->lookup(key); worker && !compat::has_ended(worker))
    return {std::move(worker), std::move(way.on_it)};
  return {nullptr, seats_->divert(key)};
}

result<void> fleet_core::cast(const term& key, const caf::message& content,
                              if_absent absent) const {
  auto [worker, on_it] = enter(key);
  if (worker) {
    if (compat::try_send(worker, content))
      return {};
    on_it = seats_->divert(key);
  }
  auto passes_on = keeper();
  if (!passes_on
      || !compat::try_send(caf::actor_cast<caf::strong_actor_ptr>(passes_on),
                           caf::make_message(atoms::submit_v, key, absent == if_absent::start,
                                             content, local_stay{std::move(on_it)})))
    return tl::unexpected(has_ended());
  return {};
}

std::size_t fleet_core::broadcast(const caf::message& content) const {
  std::size_t sent = 0;
  std::optional<term> last;
  for (auto goes_on = true; goes_on;) {
    const auto keys = names_->keys_page(last, names_at_once);
    for (const auto& key : keys)
      sent += cast(key, content, if_absent::refuse) ? 1 : 0;
    goes_on = keys.size() == names_at_once;
    if (goes_on)
      last = keys.back();
  }
  return sent;
}

std::optional<term> fleet_core::random_key() const {
  thread_local std::mt19937_64 chance{std::random_device{}()};
  std::optional<term> chosen;
  std::size_t seen = 0;
  (void)names_->select([&](const term& key, const registration&) {
    if (std::uniform_int_distribution<std::size_t>{0, seen++}(chance) == 0)
      chosen = key;
    return false;
  });
  return chosen;
}

// -- errors ---------------------------------------------------------------------------------------

failure fleet_core::failure_of(ec code, const term& key, const std::string& what) const {
  return {code,
          "the worker of " + to_text(key) + " in fleet " + in_quotes(options_.name) + " " + what,
          {{"fleet", options_.name}, {"key", key}}};
}

failure fleet_core::worker_failure(const term& key, const caf::error& reason) const {
  if (reason.category() == caf::type_id_v<ec>)
    return to_failure(reason);
  const auto text = caf::to_string(reason);
  if (reason == caf::sec::request_timeout)
    return failure_of(ec::unavailable, key,
                      "did not answer in time; the call may or may not have had effect");
  if (has_ended_with_it(reason))
    return failure_of(ec::unavailable, key,
                      "ended before it answered (" + text
                          + "); the call may or may not have had effect");
  if (reason == caf::sec::unexpected_message)
    return failure_of(ec::invalid_argument, key, "has no such message (" + text + ")");
  if (reason == caf::sec::unexpected_response)
    return failure_of(ec::invalid_argument, key,
                      "answered with something else than the call asks for (" + text + ")");
  return failure_of(ec::invalid_argument, key, "answered with an error of its own: " + text);
}

failure fleet_core::keeper_failure(const caf::error& reason) const {
  if (reason.category() == caf::type_id_v<ec>)
    return to_failure(reason);
  if (reason == caf::sec::request_timeout)
    return {ec::unavailable,
            "fleet " + in_quotes(options_.name)
                + " had no worker ready in time; nothing was sent to one",
            {{"fleet", options_.name}}};
  return has_ended();
}

failure fleet_core::detour_failure(const term& key, const seat_table::stay& on_it,
                                   const caf::error& reason) const {
  return seats_->give_up(on_it) ? keeper_failure(reason) : worker_failure(key, reason);
}

failure fleet_core::has_ended() const {
  return {ec::unavailable,
          "fleet " + in_quotes(options_.name) + " does not run, so nothing was sent",
          {{"fleet", options_.name}}};
}

void fleet_core::report(const failure& what) const { write_down(options_.report, what); }

} // namespace lockstep
