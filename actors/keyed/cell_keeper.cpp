#include "actors/keyed/cell_keeper.hpp"

#include "actors/caf_compat.hpp"
#include "actors/errors.hpp"

#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace lockstep {

namespace {

/// Pause before a store is opened again that is not free yet.
constexpr auto open_retry_pause = std::chrono::milliseconds{50};

/// What a shard does from one load to the next.
struct shard_session {
  std::uint64_t id = 0;
  keyed_shard_actor shard;
  /// The last of its changes that was staged.
  std::uint64_t staged = 0;
  /// Why changes of it are gone, and no more are taken.
  std::optional<failure> lost;
};

struct cell_keeper_state {
  static constexpr const char* name = "lockstep.cell_keeper";

  using load_promise = caf::typed_response_promise<loaded_cells>;
  using held_answer = std::function<void(const result<void>&)>;

  cell_keeper_state(cell_keeper_actor::pointer self_ptr, std::unique_ptr<cell_store> opened,
                    cell_keeper_options given)
      : self(self_ptr), store(std::move(opened)), options(std::move(given)) {}

  cell_keeper_actor::behavior_type make_behavior() {
    compat::on_exit_request(self, [this](const caf::error& reason) { close(reason); });
    if (!store)
      open_later();
    return {
        [this](atoms::load, const shard_key& key) { return load(key); },
        [this](atoms::stage, staged_cells& staged) { return stage(staged); },
        [this](atoms::stage, staged_cells& staged, std::uint64_t answer) {
          return stage(staged, answer);
        },
        [this](atoms::show_shards) { return show_shards(); },
        [this](atoms::start_shard, const new_shard& shard) { return add(shard); },
        [this](atoms::commit) { commit(); },
    };
  }

  void close(const caf::error& reason) {
    flush();
    self->quit(reason);
  }

  // -- opening ------------------------------------------------------------------------------------

  void open_later() {
    self->run_delayed(open_retry_pause, [this] { open(); });
  }

  void open() {
    auto opened = options.open();
    if (!opened && opened.error().code == ec::unavailable)
      return open_later();
    if (!opened)
      return self->quit(to_error(opened.error()));
    store = std::move(*opened);
    for (auto& request : std::exchange(waiting, {}))
      request();
  }

  /// In the order of their arrival.
  template <class F>
  void when_open(F request) {
    if (store)
      request();
    else
      waiting.emplace_back(std::move(request));
  }

  // -- the key map --------------------------------------------------------------------------------

  caf::result<key_map> show_shards() {
    auto promise = self->make_response_promise<key_map>(); // answered even if this throws
    when_open([this, promise]() mutable {
      auto map = store->shard_key_map();
      map ? promise.deliver(std::move(*map)) : promise.deliver(to_error(map.error()));
    });
    return promise;
  }

  /// Learns again which shards there are, if need be.
  result<bool> is_listed(const shard_key& key) {
    if (!listed) {
      auto map = store->shard_key_map();
      if (!map)
        return tl::unexpected(map.error());
      listed.emplace();
      for (const auto& one : map->shards)
        listed->insert(one.key);
    }
    return listed->contains(key);
  }

  caf::result<void> add(const new_shard& shard) {
    auto promise = self->make_response_promise<void>();
    when_open([this, shard, promise] { add(shard, promise); });
    return promise;
  }

  void add(const new_shard& shard, caf::typed_response_promise<void> promise) {
    auto added = store->add_to_key_map(shard);
    if (!added) {
      listed.reset(); // it may be there after all
      unlisted.erase(shard.key);
      return promise.deliver(to_error(added.error()));
    }
    if (listed)
      listed->insert(shard.key);
    if (auto loading = unlisted.extract(shard.key))
      deliver_load(shard.key, loading.mapped().first, loading.mapped().second);
    promise.deliver();
  }

  // -- loading ------------------------------------------------------------------------------------

  caf::result<loaded_cells> load(const shard_key& key) {
    auto shard = caf::actor_cast<keyed_shard_actor>(self->current_sender());
    auto promise = self->make_response_promise<loaded_cells>();
    when_open([this, key, promise, shard] { load(key, promise, shard); });
    return promise;
  }

  void load(const shard_key& key, load_promise promise, const keyed_shard_actor& shard) {
    flush(); // what an earlier incarnation has staged counts
    if (auto there = is_listed(key); !there)
      promise.deliver(to_error(there.error()));
    else if (*there)
      deliver_load(key, promise, shard);
    else
      wait_for_entry(key, std::move(promise), shard);
  }

  void wait_for_entry(const shard_key& key, load_promise promise, const keyed_shard_actor& shard) {
    unlisted.insert_or_assign(key, std::pair{std::move(promise), shard});
    compat::watch(self, shard, [this](const caf::actor_addr& who, const caf::error&) {
      std::erase_if(unlisted, [&](const auto& one) { return one.second.second == who; });
    });
  }

  void deliver_load(const shard_key& key, load_promise promise, const keyed_shard_actor& shard) {
    auto contents = store->load(key);
    if (!contents)
      return promise.deliver(to_error(contents.error()));
    auto& session = sessions[key] = {++last_session, shard, 0, std::nullopt};
    promise.deliver(
        loaded_cells{std::make_shared<const cell_contents>(std::move(*contents)), session.id});
  }

  // -- group commit -------------------------------------------------------------------------------

  caf::result<void> stage(staged_cells& staged) {
    auto promise = self->make_response_promise<void>();
    take_in(staged, [promise](const result<void>& done) mutable {
      done ? promise.deliver() : promise.deliver(to_error(done.error()));
    });
    return promise;
  }

  caf::result<std::uint64_t> stage(staged_cells& staged, std::uint64_t answer) {
    auto promise = self->make_response_promise<std::uint64_t>();
    take_in(staged, [promise, answer](const result<void>& done) mutable {
      done ? promise.deliver(answer) : promise.deliver(to_error(done.error()));
    });
    return promise;
  }

  void take_in(staged_cells& staged, held_answer answer) {
    auto session = sessions.find(staged.shard);
    // Another incarnation has begun: this comes back unanswered, and is sent to that one.
    if (session == sessions.end() || session->second.id != staged.session)
      return;
    if (session->second.lost)
      return answer(tl::unexpected(*session->second.lost));
    session->second.staged = staged.number;
    concerned.insert(staged.shard);
    held.push_back(std::move(answer));
    for (auto& change : staged.changes)
      batch.push_back({staged.shard, std::move(change)});
    if (batch.size() >= options.max_batch)
      flush();
    else if (!std::exchange(commit_planned, true))
      compat::send(self, cell_keeper_actor{self}, atoms::commit_v);
  }

  /// The message arrives behind everything that waits already, so that is what makes a batch.
  void commit() {
    commit_planned = false;
    flush();
  }

  void flush() {
    if (held.empty())
      return;
    auto done = commit_batch();
    batch.clear();
    for (auto& answer : std::exchange(held, {}))
      answer(done);
    for (const auto& key : std::exchange(concerned, {}))
      tell(sessions[key], done);
  }

  /// Whoever is not answered believes that nothing happened. That is not certain if this throws.
  result<void> commit_batch() {
    try {
      return store->commit(batch);
    } catch (...) {
      for (auto& answer : held)
        answer(fail(ec::unavailable,
                    "the store crashed during the commit; the change may be there or not"));
      held.clear();
      throw;
    }
  }

  void tell(shard_session& session, const result<void>& done) {
    if (done) {
      compat::send(self, session.shard, atoms::committed_v, session.id, session.staged);
      return;
    }
    session.lost = done.error();
    compat::send(self, session.shard, atoms::rolled_back_v, session.id);
  }

  cell_keeper_actor::pointer self;
  /// Null until it is open.
  std::unique_ptr<cell_store> store;
  cell_keeper_options options;
  /// Requests until then.
  std::vector<std::function<void()>> waiting;
  /// The keys of the key map; nothing: to be read.
  std::optional<std::set<shard_key>> listed;
  /// Shards that were started before they were in the key map, each waiting for its cells.
  std::map<shard_key, std::pair<load_promise, keyed_shard_actor>> unlisted;
  std::map<shard_key, shard_session> sessions;
  std::uint64_t last_session = 0;

  cell_batch batch;
  std::vector<held_answer> held;
  /// Shards that have something in the batch.
  std::set<shard_key> concerned;
  bool commit_planned = false;
};

} // namespace

cell_keeper_actor spawn_cell_keeper(caf::actor_system& system, std::unique_ptr<cell_store> store,
                                    cell_keeper_options options) {
  if (options.where == placement::own_thread)
    return compat::spawn<cell_keeper_actor, cell_keeper_state, caf::detached>(
        system, std::move(store), std::move(options));
  return compat::spawn<cell_keeper_actor, cell_keeper_state>(system, std::move(store),
                                                             std::move(options));
}

} // namespace lockstep
