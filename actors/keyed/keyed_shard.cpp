#include "actors/keyed/keyed_shard.hpp"

#include "actors/caf_compat.hpp"
#include "actors/errors.hpp"
#include "actors/keyed/keyed_options.hpp"
#include "model/cells/waiting_reads.hpp"

#include <caf/actor_system.hpp>
#include <caf/disposable.hpp>
#include <caf/typed_response_promise.hpp>

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

namespace lockstep {

namespace {

/// The keeper answers as soon as its disk does; it has its own way of giving up.
constexpr auto load_timeout = std::chrono::minutes{5};

/// Something to do once there are cells, or to refuse.
struct request {
  std::function<void()> handle;
  std::function<void(const failure&)> refuse;
};

/// An answer that tells what is not durable yet.
struct held_answer {
  /// Of the last change that it has seen.
  std::uint64_t number = 0;
  std::function<void()> deliver;
  /// Does it all again: the change is lost.
  request again;
};

struct keyed_shard_state {
  static constexpr const char* name = "lockstep.keyed_shard";

  using clock_time = caf::actor_clock::time_point;
  using read_promise = caf::typed_response_promise<cell_reading>;

  /// A read that is not answered yet.
  struct open_read {
    read_promise promise;
    cell_key key;
    std::uint64_t height = 0;
    clock_time deadline;
    caf::disposable timer;
  };

  keyed_shard_state(keyed_shard_actor::pointer self_ptr, shard_key own, cell_keeper_actor by,
                    cell_options how)
      : self(self_ptr), key(std::move(own)), keeper(std::move(by)), options(how), cells(how) {}

  ~keyed_shard_state() {
    for (auto& [id, read] : reads)
      read.timer.dispose();
  }

  keyed_shard_actor::behavior_type make_behavior() {
    load();
    return {
        [this](atoms::reserve, const cell_key& cell, std::uint64_t height) {
          return change<void>([this, cell, height] { return cells.reserve(cell, height); });
        },
        [this](atoms::write, const cell_key& cell, const term& value, std::uint64_t height) {
          return change<void>(
              [this, cell, value, height] { return cells.write(cell, value, height); });
        },
        [this](atoms::unreserve, const cell_key& cell, std::uint64_t height) {
          return change<void>([this, cell, height] { return cells.unreserve(cell, height); });
        },
        [this](atoms::advance_watermark, std::uint64_t height) {
          return change<std::uint64_t>([this, height] { return cells.advance_watermark(height); });
        },
        [this](atoms::read, const cell_query& query) { return read(query); },
        [this](atoms::show_shards) { return show(); },
        [this](atoms::await_start) { return await_start(); },
        [this](atoms::committed, std::uint64_t of, std::uint64_t number) { committed(of, number); },
        [this](atoms::rolled_back, std::uint64_t of) { rolled_back(of); },
    };
  }

  // -- loading ------------------------------------------------------------------------------------

  void load() {
    state = loading;
    compat::request(self, keeper, load_timeout, atoms::load_v, key)
        .then([this](const loaded_cells& found) { loaded(found); },
              [this](const caf::error& reason) { not_loaded(reason); });
  }

  void loaded(const loaded_cells& found) {
    cells = shard_cells{*found.contents, options};
    session = found.session;
    staged = 0;
    durable = 0;
    state = ready;
    for (auto& one : std::exchange(waiting, {}))
      one.handle();
  }

  void not_loaded(const caf::error& reason) {
    if (receiver_has_gone(reason)) {
      self->quit(reason); // what waits comes back to its senders
      return;
    }
    state = failed;
    auto why = to_failure(reason);
    for (auto& one : std::exchange(waiting, {}))
      one.refuse(why);
  }

  /// In the order of their arrival.
  void when_ready(request what) {
    if (state == ready) {
      what.handle();
      return;
    }
    waiting.push_back(std::move(what));
    if (state == failed)
      load();
  }

  caf::result<void> await_start() {
    auto promise = self->make_response_promise<void>();
    when_ready({[promise]() mutable { promise.deliver(); }, refusal_of(promise)});
    return promise;
  }

  template <class T>
  static std::function<void(const failure&)> refusal_of(caf::typed_response_promise<T> promise) {
    return [promise](const failure& why) mutable { promise.deliver(to_error(why)); };
  }

  // -- changing -----------------------------------------------------------------------------------

  template <class T, class F>
  caf::result<T> change(F make) {
    auto promise = self->make_response_promise<T>();
    attempt(promise, std::move(make));
    return promise;
  }

  template <class T, class F>
  void attempt(caf::typed_response_promise<T> promise, F make) {
    request what{[this, promise, make] { apply(promise, make); }, refusal_of(promise)};
    when_ready(std::move(what));
  }

  template <class T, class F>
  void apply(caf::typed_response_promise<T> promise, const F& make) {
    request again{[this, promise, make] { apply(promise, make); }, refusal_of(promise)};
    auto made = make();
    if (made)
      return stage(std::move(promise), std::move(*made), std::move(again));
    hold([promise, why = made.error()]() mutable { promise.deliver(to_error(why)); },
         std::move(again));
  }

  void stage(caf::typed_response_promise<void> promise, cell_change made, const request&) {
    auto changes = staged_with(std::move(made));
    promise.delegate(keeper, atoms::stage_v, std::move(changes));
  }

  void stage(caf::typed_response_promise<std::uint64_t> promise, std::optional<cell_change> made,
             request again) {
    const auto watermark = cells.watermark();
    if (!made)
      return hold([promise, watermark]() mutable { promise.deliver(watermark); }, std::move(again));
    auto changes = staged_with(std::move(*made));
    promise.delegate(keeper, atoms::stage_v, std::move(changes), watermark);
  }

  staged_cells staged_with(cell_change made) {
    ++staged;
    for (auto& read : awakened_by(made))
      answer(read.id, std::move(read.value));
    staged_cells changes{key, session, staged, {}};
    changes.changes.push_back(std::move(made));
    // Once a commit, and along with something that is committed anyway.
    if (std::exchange(collection_due, false))
      std::ranges::move(cells.collect(), std::back_inserter(changes.changes));
    return changes;
  }

  std::vector<answered_read> awakened_by(const cell_change& made) {
    if (const auto* written = std::get_if<write_slot>(&made))
      return uncertain.slot_closed(cells, written->key, written->height);
    if (const auto* freed = std::get_if<free_slot>(&made))
      return uncertain.slot_closed(cells, freed->key, freed->height);
    if (std::holds_alternative<set_marks>(made))
      return uncertain.watermark_moved(cells);
    return {};
  }

  // -- answering ----------------------------------------------------------------------------------

  /// Answers when everything is durable that the answer may have seen.
  void hold(std::function<void()> deliver, request again) {
    if (durable == staged)
      deliver();
    else
      held.push_back({staged, std::move(deliver), std::move(again)});
  }

  void committed(std::uint64_t of, std::uint64_t number) {
    if (of != session)
      return;
    durable = number;
    collection_due = true;
    while (!held.empty() && held.front().number <= durable) {
      held.front().deliver();
      held.pop_front();
    }
  }

  /// What is in memory may never be durable: begins again with what is, and does again what has not
  /// been answered.
  void rolled_back(std::uint64_t of) {
    if (of != session || state != ready)
      return;
    uncertain = {};
    std::vector<request> again;
    for (auto& one : std::exchange(held, {}))
      again.push_back(std::move(one.again));
    for (const auto& [id, read] : reads)
      again.push_back(request_for(id));
    waiting = std::move(again);
    load();
  }

  // -- reading ------------------------------------------------------------------------------------

  caf::result<cell_reading> read(const cell_query& query) {
    auto promise = self->make_response_promise<cell_reading>();
    const auto id = ++last_read;
    const auto patience = std::clamp(query.patience, duration::zero(), longest_patience);
    reads.emplace(id,
                  open_read{promise, query.key, query.height, self->clock().now() + patience, {}});
    when_ready(request_for(id));
    return promise;
  }

  request request_for(std::uint64_t id) {
    return {[this, id] { look_up(id); },
            [this, id](const failure& why) { finish(id, tl::unexpected(why)); }};
  }

  void look_up(std::uint64_t id) {
    auto& one = reads.at(id);
    auto found = cells.read(one.key, one.height);
    if (!found)
      return answer(id, tl::unexpected(found.error()));
    if (auto* value = std::get_if<cell_value>(&*found))
      return answer(id, std::move(*value));
    uncertain.add(id, one.key, one.height, std::get<read_block>(*found));
    const auto left = one.deadline - self->clock().now();
    if (left <= left.zero())
      return expire(id);
    one.timer.dispose();
    one.timer = self->run_delayed(left, [this, id] { expire(id); });
  }

  void expire(std::uint64_t id) {
    if (auto why = uncertain.expire(cells, id))
      answer(id, tl::unexpected(std::move(*why)));
  }

  void answer(std::uint64_t id, result<cell_value> value) {
    if (durable == staged)
      return finish(id, std::move(value));
    held.push_back({staged,
                    [this, id, value = std::move(value)] { finish(id, value); },
                    {[] {}, [](const failure&) {}}}); // among all reads that are open
  }

  void finish(std::uint64_t id, result<cell_value> value) {
    auto one = reads.extract(id);
    one.mapped().timer.dispose();
    if (value)
      one.mapped().promise.deliver(cell_reading{std::move(*value)});
    else
      one.mapped().promise.deliver(to_error(value.error()));
  }

  caf::result<keyed_shard_contents> show() {
    auto promise = self->make_response_promise<keyed_shard_contents>();
    when_ready(request_to_show(promise));
    return promise;
  }

  request request_to_show(const caf::typed_response_promise<keyed_shard_contents>& promise) {
    return {[this, promise] { show(promise); }, refusal_of(promise)};
  }

  void show(caf::typed_response_promise<keyed_shard_contents> promise) {
    keyed_shard_contents told;
    told.key = key;
    told.watermark = cells.watermark();
    told.horizon = cells.horizon();
    told.cells = cells.cell_count();
    told.versions = cells.version_count();
    told.reservations = cells.reservation_count();
    told.waiting_reads = uncertain.size();
    hold([promise, told]() mutable { promise.deliver(told); }, request_to_show(promise));
  }

  keyed_shard_actor::pointer self;
  shard_key key;
  cell_keeper_actor keeper;
  cell_options options;
  shard_cells cells;

  enum { loading, ready, failed } state = loading;
  /// Until there are cells.
  std::vector<request> waiting;
  /// What the keeper calls the time since the cells were loaded.
  std::uint64_t session = 0;
  /// The number of the last change within the session, and that of the last one that is durable.
  std::uint64_t staged = 0;
  std::uint64_t durable = 0;
  std::deque<held_answer> held;
  /// There was a commit since versions were collected.
  bool collection_due = true;

  std::map<std::uint64_t, open_read> reads;
  std::uint64_t last_read = 0;
  /// Those of them that wait for what may still be written.
  waiting_reads uncertain;
};

} // namespace

keyed_shard_actor spawn_keyed_shard(caf::actor_system& system, shard_key key,
                                    cell_keeper_actor keeper, cell_options options) {
  return compat::spawn<keyed_shard_actor, keyed_shard_state>(system, std::move(key),
                                                             std::move(keeper), options);
}

} // namespace lockstep
