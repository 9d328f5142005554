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
#include <memory>
#include <type_traits>
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

/// The place of a request in the queue of its shard, shared by all that is still to be done for it.
using place = std::shared_ptr<ticket>;

/// Who waits for an answer.
template <class T>
struct owed_answer {
  caf::typed_response_promise<T> promise;
  place taken;

  void deliver(const result<T>& answer) {
    leave_queue(*taken, answer ? nullptr : &answer.error()); // before it is known to be answered
    if (!answer)
      promise.deliver(to_error(answer.error()));
    else if constexpr (std::is_void_v<T>)
      promise.deliver();
    else
      promise.deliver(*answer);
  }
};

/// A change that the keeper will answer for.
struct staged_change {
  std::uint64_t number = 0;
  place taken;
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

  /// A read that is not answered yet.
  struct open_read {
    owed_answer<cell_reading> asked;
    cell_key key;
    std::uint64_t height = 0;
    clock_time deadline;
    caf::disposable timer;
  };

  keyed_shard_state(keyed_shard_actor::pointer self_ptr, shard_key own, cell_keeper_actor by,
                    cell_options how, shard_gates through)
      : self(self_ptr),
        key(std::move(own)),
        keeper(std::move(by)),
        options(how),
        gates(std::move(through)),
        cells(how) {}

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

  /// Errors: `overloaded`.
  result<place> enter(const std::shared_ptr<admission>& gate) {
    if (!gate || (gates.let_in_by && gates.let_in_by(self->current_sender())))
      return std::make_shared<ticket>();
    return gate->enter().map(
        [](ticket taken) { return std::make_shared<ticket>(std::move(taken)); });
  }

  template <class T, class F>
  caf::result<T> change(F make) {
    auto taken = enter(gates.changes);
    if (!taken)
      return to_error(taken.error());
    owed_answer<T> asked{self->make_response_promise<T>(), std::move(*taken)};
    when_ready(request_to_change(asked, std::move(make)));
    return asked.promise;
  }

  template <class T, class F>
  request request_to_change(owed_answer<T> asked, F make) {
    return {[this, asked, make] { apply(asked, make); },
            [asked](const failure& why) mutable { asked.deliver(tl::unexpected(why)); }};
  }

  template <class T, class F>
  void apply(owed_answer<T> asked, const F& make) {
    auto made = make();
    if (made)
      return stage(std::move(asked), std::move(*made), make);
    hold([asked, why = made.error()]() mutable { asked.deliver(tl::unexpected(why)); },
         request_to_change(asked, make));
  }

  template <class F>
  void stage(owed_answer<void> asked, cell_change made, const F&) {
    auto changes = staged_with(std::move(made), std::move(asked.taken));
    asked.promise.delegate(keeper, atoms::stage_v, std::move(changes));
  }

  template <class F>
  void stage(owed_answer<std::uint64_t> asked, std::optional<cell_change> made, const F& make) {
    const auto watermark = cells.watermark();
    if (!made)
      return hold([asked, watermark]() mutable { asked.deliver(watermark); },
                  request_to_change(asked, make));
    auto changes = staged_with(std::move(*made), std::move(asked.taken));
    asked.promise.delegate(keeper, atoms::stage_v, std::move(changes), watermark);
  }

  staged_cells staged_with(cell_change made, place taken) {
    if (pending.empty())
      busy_since = self->clock().now();
    pending.push_back({++staged, std::move(taken)});
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
    answered_until(number);
    while (!held.empty() && held.front().number <= durable) {
      held.front().deliver();
      held.pop_front();
    }
  }

  /// The keeper has answered those.
  void answered_until(std::uint64_t number) {
    std::size_t answered = 0;
    for (; !pending.empty() && pending.front().number <= number; ++answered) {
      pending.front().taken->complete();
      pending.pop_front();
    }
    const auto now = self->clock().now();
    if (gates.changes)
      gates.changes->served(answered, std::chrono::duration_cast<duration>(now - busy_since));
    busy_since = now;
  }

  /// What is in memory may never be durable: begins again with what is, and does again what has not
  /// been answered.
  void rolled_back(std::uint64_t of) {
    if (of != session || state != ready)
      return;
    uncertain = {};
    answered_until(staged);
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
    auto taken = enter(gates.reads);
    if (!taken)
      return to_error(taken.error());
    owed_answer<cell_reading> asked{self->make_response_promise<cell_reading>(), std::move(*taken)};
    const auto id = ++last_read;
    const auto patience = std::clamp(query.patience, duration::zero(), longest_patience);
    reads.emplace(id,
                  open_read{asked, query.key, query.height, self->clock().now() + patience, {}});
    when_ready(request_for(id));
    return asked.promise;
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
      answer(id, tl::unexpected(located(std::move(*why))));
  }

  /// Heights and watermarks are the shard's, whatever cells it has.
  failure located(failure why) const {
    if (why.code == ec::read_blocked && why.context.emplace("shard", to_term(key)).second)
      why.message += " in shard " + to_text(key);
    return why;
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
    one.mapped().asked.deliver(
        std::move(value).map([](cell_value found) { return cell_reading{std::move(found)}; }));
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
    auto told = contents_of(key, cells);
    told.waiting_reads = uncertain.size();
    hold([promise, told]() mutable { promise.deliver(told); }, request_to_show(promise));
  }

  keyed_shard_actor::pointer self;
  shard_key key;
  cell_keeper_actor keeper;
  cell_options options;
  shard_gates gates;
  shard_cells cells;

  enum { loading, ready, failed } state = loading;
  /// Until there are cells.
  std::vector<request> waiting;
  /// What the keeper calls the time since the cells were loaded.
  std::uint64_t session = 0;
  /// The number of the last change within the session, and that of the last one that is durable.
  std::uint64_t staged = 0;
  std::uint64_t durable = 0;
  /// Changes that are not durable yet, and since when the first of them has been.
  std::deque<staged_change> pending;
  clock_time busy_since;
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
                                    cell_keeper_actor keeper, cell_options options,
                                    shard_gates gates) {
  return compat::spawn<keyed_shard_actor, keyed_shard_state>(
      system, std::move(key), std::move(keeper), options, std::move(gates));
}

} // namespace lockstep
