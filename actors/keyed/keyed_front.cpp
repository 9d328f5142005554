#include "actors/keyed/keyed_front.hpp"

#include "actors/caf_compat.hpp"
#include "actors/errors.hpp"
#include "actors/keyed/key_map_repair.hpp"
#include "actors/keyed/keyed_router.hpp"
#include "actors/keyed/keyed_shard.hpp"
#include "actors/supervision/supervisor.hpp"
#include "model/term/term_text.hpp"

#include <caf/actor_system.hpp>
#include <caf/disposable.hpp>
#include <caf/typed_response_promise.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace lockstep {

namespace {

/// Pause before shards that do not run as they should are looked at again.
constexpr auto retry_pause = std::chrono::seconds{1};

struct keyed_front_state {
  static constexpr const char* name = "lockstep.keyed_shards";

  using start_promise = caf::typed_response_promise<term>;
  using children = std::map<std::string, child_info>;

  keyed_front_state(keyed_shards_actor::pointer self_ptr, const keyed_home& home)
      : self(self_ptr),
        options(home.options),
        routing(home.routing),
        gates(home.gates),
        shards(self_ptr, home.options),
        keeper(find<cell_keeper_actor>(cell_keeper_name(options->node_id))),
        supervisor(find<supervisor_actor>(keyed_supervisor_name(options->node_id))),
        repair(self_ptr, home.options, supervisor,
               [this](const shard_key& key) { return child_of(key); }) {}

  ~keyed_front_state() { retry.dispose(); }

  keyed_shards_actor::behavior_type make_behavior() {
    gates->show_in(self->home_system());
    reconcile();
    return {
        [this](atoms::start_shard, const new_shard& shard) { return start_shard(shard); },
        [this](atoms::show_shards) { return show_shards(); },
        [this](atoms::show_shards call, const shard_key& key) {
          return ask_shard<keyed_shard_contents>(key, nothing, call);
        },
        [this](atoms::reserve call, const cell_key& key, std::uint64_t height) {
          return ask_about<void>(key, change, call, key, height);
        },
        [this](atoms::write call, const cell_key& key, const term& value, std::uint64_t height) {
          return ask_about<void>(key, change, call, key, value, height);
        },
        [this](atoms::unreserve call, const cell_key& key, std::uint64_t height) {
          return ask_about<void>(key, change, call, key, height);
        },
        [this](atoms::advance_watermark call, const shard_key& key, std::uint64_t height) {
          return ask_shard<std::uint64_t>(key, change, call, height);
        },
        [this](atoms::read, const cell_query& query) { return read(query); },
        [this](atoms::await_start) { return await_start(); },
    };
  }

  template <class Handle>
  Handle find(const term& role) const {
    return caf::actor_cast<Handle>(options->names->lookup(role));
  }

  template <class... Ts>
  auto ask_keeper(const Ts&... content) {
    return compat::request(self, keeper, options->request_timeout, content...);
  }

  template <class... Ts>
  auto ask_supervisor(const Ts&... content) {
    return compat::request(self, supervisor, options->request_timeout, content...);
  }

  term name_of(const shard_key& key) const { return keyed_shard_name(options->node_id, key); }

  // -- the key map and the shards that run --------------------------------------------------------

  /// Makes the shards that run those of the key map, once no shard is being added. None is added
  /// meanwhile.
  void reconcile() {
    settled = false;
    if (!starting.empty())
      return; // the last one of them comes back here
    ask_keeper(atoms::show_shards_v)
        .then([this](const key_map& map) { compare_with(map); },
              [this](const caf::error& reason) { not_listed(reason); });
  }

  void not_listed(const caf::error& reason) {
    const auto why = to_failure(reason);
    // Else this actor ends soon, and what waits comes back to its senders.
    if (!receiver_has_gone(reason))
      for (auto& one : std::exchange(unrouted, {}))
        one.refuse(why);
    settle(why);
  }

  void compare_with(const key_map& map) {
    known.clear();
    for (const auto& one : map.shards)
      known.insert(one.key);
    listed = true;
    for (auto& one : std::exchange(unrouted, {}))
      one.handle();
    repair.run(known, [this](const std::optional<failure>& error) { settle(error); });
  }

  void settle(std::optional<failure> error) {
    settled = true;
    problem = std::move(error);
    if (problem) {
      report(*problem);
      retry.dispose();
      retry = self->run_delayed(retry_pause, [this] { reconcile_unless_busy(); });
    }
    for (auto& promise : std::exchange(awaiting, {}))
      tell_start(std::move(promise));
    for (auto& start : std::exchange(postponed, {}))
      start();
  }

  /// Whoever hears of a problem must not end this actor.
  void report(const failure& what) const {
    if (!options->report)
      return;
    try {
      options->report(what);
    } catch (...) { // there is nobody to tell
    }
  }

  void reconcile_unless_busy() {
    if (settled)
      reconcile();
  }

  caf::result<void> await_start() {
    auto promise = self->make_response_promise<void>();
    if (settled)
      tell_start(promise);
    else
      awaiting.push_back(promise);
    return promise;
  }

  void tell_start(caf::typed_response_promise<void> promise) const {
    problem ? promise.deliver(to_error(*problem)) : promise.deliver();
  }

  /// What the front sends on it has let in.
  shard_gates gates_of(const shard_key& key) const {
    auto found = gates->of(key);
    found.let_in_by = [names = options->names, front = keyed_shards_name(options->node_id)](
                          const caf::strong_actor_ptr& sender) {
      return sender && sender == names->lookup(front);
    };
    return found;
  }

  /// How a shard is started, each time anew.
  std::shared_ptr<const child_spec> child_of(const shard_key& key) const {
    child_spec spec;
    spec.id = to_text(key);
    spec.start =
        [key, names = options->names, by = cell_keeper_name(options->node_id), how = options->cells,
         through = gates_of(key)](caf::actor_system& system) -> result<caf::strong_actor_ptr> {
      auto found = names->lookup(by);
      if (!found)
        return fail(ec::unavailable, to_text(by) + " is not running");
      return caf::actor_cast<caf::strong_actor_ptr>(
          spawn_keyed_shard(system, key, caf::actor_cast<cell_keeper_actor>(found), how, through));
    };
    spec.name = name_of(key);
    spec.budget = options->shard_budget;
    return std::make_shared<const child_spec>(std::move(spec));
  }

  // -- adding a shard -----------------------------------------------------------------------------

  caf::result<term> start_shard(const new_shard& shard) {
    auto promise = self->make_response_promise<term>();
    start_shard(shard, promise);
    return promise;
  }

  void start_shard(const new_shard& shard, start_promise asked) {
    if (!shards_may_grow(options->strategy))
      return asked.deliver(to_error(may_not_grow()));
    auto again = [this, shard, asked] { start_shard(shard, asked); };
    if (!settled)
      return postponed.push_back(again);
    if (auto same = starting.find(shard.key); same != starting.end())
      return same->second.push_back(again);
    if (known.contains(shard.key))
      return start_parked(shard.key, asked);
    starting[shard.key];
    ask_supervisor(atoms::start_child_v, local_child{child_of(shard.key)})
        .then([this, shard, asked](const caf::strong_actor_ptr&) { write(shard, asked); },
              [this, shard, asked](const caf::error& reason) {
                auto why = to_failure(reason);
                // Without an answer, it may be started all the same.
                if (why.code == ec::unavailable)
                  take_back(shard.key, asked, why);
                else
                  end_start(shard.key, asked, why);
              });
  }

  /// Starts a shard of the key map that was left stopped; the others are there already.
  void start_parked(const shard_key& key, start_promise asked) {
    ask_supervisor(atoms::restart_child_v, to_text(key))
        .then([this, key,
               asked](const caf::strong_actor_ptr&) mutable { asked.deliver(name_of(key)); },
              [this, key, asked](const caf::error& reason) mutable {
                auto why = to_failure(reason);
                const auto is_there =
                    why.code == ec::already_started || why.code == ec::child_not_found;
                asked.deliver(to_error(is_there ? there_already(key) : why));
              });
  }

  void write(const new_shard& shard, const start_promise& asked) {
    ask_keeper(atoms::start_shard_v, shard)
        .then(
            [this, key = shard.key, asked] {
              known.insert(key);
              end_start(key, asked, std::nullopt);
            },
            [this, key = shard.key, asked](const caf::error& reason) {
              take_back(key, asked, to_failure(reason));
            });
  }

  /// Stops a shard that is not in the key map. @param reason If it is `unavailable`, nobody knows
  /// yet whether the key map has the shard: it is started again then.
  void take_back(const shard_key& key, const start_promise& asked, const failure& reason) {
    auto ended = [this, key, asked, reason] {
      reconcile_unless_busy(); // the key map may have it after all
      end_start(key, asked, reason.code == ec::unavailable ? reason : not_written(key, reason));
    };
    ask_supervisor(atoms::terminate_child_v, to_text(key)).then(ended, [ended](const caf::error&) {
      ended();
    });
  }

  void end_start(const shard_key& key, start_promise asked, const std::optional<failure>& error) {
    auto others = starting.extract(key);
    error ? asked.deliver(to_error(*error)) : asked.deliver(name_of(key));
    if (!settled && starting.empty())
      reconcile();
    for (auto& again : others.mapped())
      again();
  }

  failure may_not_grow() const {
    return {ec::invalid_argument,
            "with the strategy " + std::string(to_string(options->strategy)) + " the shards of "
                + to_text(options->node_id)
                + " are those of its schema; with others, cells would no longer be found",
            {{"node_id", options->node_id}}};
  }

  failure there_already(const shard_key& key) const {
    return {ec::already_started,
            "the keyed shard " + to_text(name_of(key)) + " is there already; use it",
            {{"name", name_of(key)}}};
  }

  failure not_written(const shard_key& key, const failure& reason) const {
    return {ec::key_map_update_failed,
            "the keyed shard " + to_text(name_of(key))
                + " was stopped again, since it could not be written to the key map: "
                + reason.message,
            {{"name", name_of(key)},
             {"key", to_term(key)},
             {"reason", term{std::string(to_string(reason.code))}}}};
  }

  caf::result<keyed_shard_listing> show_shards() {
    auto promise = self->make_response_promise<keyed_shard_listing>();
    when_listed({[this, promise] { tell_listing(promise); }, refusal_of(promise)});
    return promise;
  }

  void tell_listing(caf::typed_response_promise<keyed_shard_listing> promise) {
    ask_supervisor(atoms::which_children_v)
        .then(
            [this, promise](const std::vector<child_info>& there) mutable {
              promise.deliver(listing(there));
            },
            [promise](const caf::error& reason) mutable {
              promise.deliver(to_error(to_failure(reason)));
            });
  }

  keyed_shard_listing listing(const std::vector<child_info>& there) const {
    std::map<std::string_view, const child_info*> by_id;
    for (const auto& one : there)
      by_id.emplace(one.id, &one);
    keyed_shard_listing all{options->node_id, std::string(to_string(options->strategy)), {}};
    for (const auto& key : known) {
      keyed_shard_info one;
      one.key = key;
      one.name = name_of(key);
      if (auto child = by_id.find(to_text(key)); child != by_id.end()) {
        one.running = child->second->alive;
        one.restarts = child->second->restarts;
        one.parked = child->second->parked;
      }
      all.shards.push_back(std::move(one));
    }
    return all;
  }

  // -- cells --------------------------------------------------------------------------------------

  /// What a request takes a place for.
  enum kind { change, look, nothing };

  /// Asks the shard in charge of a cell.
  template <class T, class... Ts>
  caf::result<T> ask_about(const cell_key& cell, kind what, const Ts&... content) {
    auto shard = shard_of_cell(*routing, cell);
    if (!shard)
      return to_error(shard.error());
    return ask_shard<T>(*shard, what, content...);
  }

  template <class T, class... Ts>
  caf::result<T> ask_shard(const shard_key& key, kind what, const Ts&... content) {
    return forward<T>(key, what, {}, [this, content...](const keyed_shard_actor& shard) {
      return compat::request(self, shard, caf::infinite, content...);
    });
  }

  caf::result<cell_reading> read(const cell_query& query) {
    auto shard = shard_of_cell(*routing, query.key);
    if (!shard)
      return to_error(shard.error());
    const auto patience = std::clamp(query.patience, duration::zero(), longest_patience);
    const auto deadline = self->clock().now() + patience;
    return forward<cell_reading>(
        *shard, look, patience, [this, query, deadline](const keyed_shard_actor& to) {
          auto left = std::chrono::duration_cast<duration>(deadline - self->clock().now());
          cell_query again{query.key, query.height, std::max(left, duration::zero())};
          return compat::request(self, to, caf::infinite, atoms::read_v, again);
        });
  }

  /// Errors: `overloaded`.
  result<ticket> enter(const shard_key& key, kind what) {
    if (what == nothing)
      return ticket{};
    if (!listed)
      return gates->front()->enter();
    auto found = gates->of(key);
    return (what == look ? found.reads : found.changes)->enter();
  }

  /// @param patience What the shard may need in addition.
  template <class T, class Send>
  caf::result<T> forward(const shard_key& key, kind what, duration patience, Send send) {
    if (listed && !known.contains(key))
      return to_error(not_there(key));
    auto let_in = enter(key, what);
    if (!let_in)
      return to_error(let_in.error());
    auto promise = self->make_response_promise<T>();
    auto place = std::make_shared<ticket>(std::move(*let_in));
    const auto due =
        self->clock().now() + patience + options->request_timeout + options->recovery_timeout;
    auto refuse_early = [place, promise](const failure& why) mutable {
      leave_queue(*place, &why);
      promise.deliver(to_error(why));
    };
    auto go = [this, key, due, send, place, promise, refuse_early]() mutable {
      if (!known.contains(key))
        return refuse_early(not_there(key));
      shards.ask<T>(key, due, place, send, [this, key, promise](result<T> answer) mutable {
        if (!answer)
          refuse(key, std::move(promise), answer.error());
        else if constexpr (std::is_void_v<T>)
          promise.deliver();
        else
          promise.deliver(std::move(*answer));
      });
    };
    when_listed({go, refuse_early});
    return promise;
  }

  failure not_there(const shard_key& key) const {
    return no_such_shard(options->node_id, options->strategy, key);
  }

  /// Says so if there is no shard since it is parked.
  template <class T>
  void refuse(const shard_key& key, caf::typed_response_promise<T> promise, const failure& reason) {
    if (reason.code != ec::unavailable || options->names->lookup(name_of(key)))
      return promise.deliver(to_error(reason));
    ask_supervisor(atoms::which_children_v)
        .then(
            [this, key, promise, reason](const std::vector<child_info>& there) mutable {
              auto child = std::ranges::find(there, to_text(key), &child_info::id);
              const auto is_parked = child != there.end() && child->parked;
              promise.deliver(to_error(is_parked ? parked(key, *child->parked) : reason));
            },
            [promise, reason](const caf::error&) mutable { promise.deliver(to_error(reason)); });
  }

  failure parked(const shard_key& key, const std::string& reason) const {
    return {ec::child_parked,
            "the keyed shard " + to_text(name_of(key)) + " is parked, since it ended too often ("
                + reason + "); start it with start_shard, or with lockstep shards start",
            {{"name", name_of(key)}, {"key", to_term(key)}, {"reason", reason}}};
  }

  /// Something that needs the key map, or to refuse.
  struct request {
    std::function<void()> handle;
    std::function<void(const failure&)> refuse;
  };

  void when_listed(request what) {
    if (listed)
      what.handle();
    else
      unrouted.push_back(std::move(what));
  }

  template <class T>
  static std::function<void(const failure&)> refusal_of(caf::typed_response_promise<T> promise) {
    return [promise](const failure& why) mutable { promise.deliver(to_error(why)); };
  }

  keyed_shards_actor::pointer self;
  std::shared_ptr<const keyed_shards_options> options;
  std::shared_ptr<const router> routing;
  std::shared_ptr<keyed_gates> gates;
  keyed_router shards;
  cell_keeper_actor keeper;
  supervisor_actor supervisor;
  key_map_repair repair;

  /// The shards of the key map.
  std::set<shard_key> known;
  /// Has the key map been read?
  bool listed = false;
  /// Requests until then.
  std::vector<request> unrouted;

  /// Are the shards that run those of the key map, as far as that could be brought about?
  bool settled = false;
  std::optional<failure> problem;
  /// Of looking again after a problem.
  caf::disposable retry;
  std::vector<caf::typed_response_promise<void>> awaiting;
  /// Shards to be started after that.
  std::vector<std::function<void()>> postponed;
  /// Shards that are being started, with those who want the same.
  std::map<shard_key, std::vector<std::function<void()>>> starting;
};

} // namespace

keyed_shards_actor spawn_keyed_front(caf::actor_system& system, const keyed_home& home) {
  return compat::spawn<keyed_shards_actor, keyed_front_state>(system, home);
}

} // namespace lockstep
