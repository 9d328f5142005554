#include "actors/keyed/keyed_shard.hpp"

#include "actors/caf_compat.hpp"
#include "actors/keyed/keyed_shard_state.hpp"

#include <caf/actor_system.hpp>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace lockstep {

namespace {

/// The keeper answers as soon as its disk does; it has its own way of giving up.
constexpr auto load_timeout = std::chrono::minutes{5};

using kind = cell_call::kind;

} // namespace

keyed_shard_state::keyed_shard_state(keyed_shard_actor::pointer self_ptr, shard_key own,
                                     cell_keeper_actor by, cell_options how, shard_gates through)
    : self(self_ptr),
      key(std::move(own)),
      keeper(std::move(by)),
      options(how),
      gates(std::move(through)),
      cells(how) {}

keyed_shard_state::~keyed_shard_state() {
  for (auto& [id, read] : reads)
    read.timer.dispose();
}

keyed_shard_actor::behavior_type keyed_shard_state::make_behavior() {
  load();
  return {
      [this](atoms::reserve, const cell_key& cell, std::uint64_t height,
             const std::string& operation_id) {
        return change<void>({{kind::reserve, cell, height}, operation_id, [this, cell, height] {
                               return cells.reserve(cell, height);
                             }});
      },
      [this](atoms::write, const cell_key& cell, const term& value, std::uint64_t height,
             const std::string& operation_id) {
        return change<void>(
            {{kind::write, cell, height}, operation_id, [this, cell, value, height] {
               return cells.write(cell, value, height);
             }});
      },
      [this](atoms::unreserve, const cell_key& cell, std::uint64_t height,
             const std::string& operation_id) {
        return change<void>({{kind::unreserve, cell, height}, operation_id, [this, cell, height] {
                               return cells.unreserve(cell, height);
                             }});
      },
      [this](atoms::advance_watermark, std::uint64_t height, const std::string& operation_id) {
        return change<std::uint64_t>({{kind::advance_watermark, {}, height},
                                      operation_id,
                                      [this, height] { return cells.advance_watermark(height); }});
      },
      [this](atoms::read, const cell_query& query) { return read(query); },
      [this](atoms::show_shards) { return show(); },
      [this](atoms::await_start) { return await_start(); },
      [this](atoms::committed, std::uint64_t of, std::uint64_t number) { committed(of, number); },
      [this](atoms::rolled_back, std::uint64_t of) { rolled_back(of); },
  };
}

// -- loading --------------------------------------------------------------------------------------

void keyed_shard_state::load() {
  state = loading;
  compat::request(self, keeper, load_timeout, atoms::load_v, key)
      .then([this](const loaded_cells& found) { loaded(found); },
            [this](const caf::error& reason) { not_loaded(reason); });
}

void keyed_shard_state::loaded(const loaded_cells& found) {
  cells = shard_cells{*found.contents, options};
  session = found.session;
  staged = 0;
  durable = 0;
  state = ready;
  for (auto& one : std::exchange(waiting, {}))
    one.handle();
}

void keyed_shard_state::not_loaded(const caf::error& reason) {
  if (receiver_has_gone(reason)) {
    self->quit(reason); // what waits comes back to its senders
    return;
  }
  state = failed;
  auto why = to_failure(reason);
  for (auto& one : std::exchange(waiting, {}))
    one.refuse(why);
}

void keyed_shard_state::when_ready(request what) {
  if (state == ready) {
    what.handle();
    return;
  }
  waiting.push_back(std::move(what));
  if (state == failed)
    load();
}

caf::result<void> keyed_shard_state::await_start() {
  auto promise = self->make_response_promise<void>();
  when_ready({[promise]() mutable { promise.deliver(); }, refusal_of(promise)});
  return promise;
}

result<keyed_shard_state::place> keyed_shard_state::enter(const std::shared_ptr<admission>& gate) {
  if (!gate || (gates.let_in_by && gates.let_in_by(self->current_sender())))
    return std::make_shared<ticket>();
  return gate->enter().map([](ticket taken) { return std::make_shared<ticket>(std::move(taken)); });
}

// -- changing -------------------------------------------------------------------------------------

template <class T>
caf::result<T> keyed_shard_state::change(asked_change what) {
  auto taken = enter(gates.changes);
  if (!taken)
    return to_error(taken.error());
  owed_answer<T> asked{self->make_response_promise<T>(), std::move(*taken)};
  when_ready(request_to_change(asked, std::move(what)));
  return asked.promise;
}

template <class T>
keyed_shard_state::request keyed_shard_state::request_to_change(owed_answer<T> asked,
                                                                asked_change what) {
  return {[this, asked, what = std::move(what)] { apply(asked, what); },
          [asked](const failure& why) mutable { asked.deliver(tl::unexpected(why)); }};
}

template <class T>
void keyed_shard_state::apply(owed_answer<T> asked, const asked_change& what) {
  // An answer that is no change may tell what is not durable yet.
  const auto tell = [&](result<std::uint64_t> height) {
    hold(
        [asked, height]() mutable {
          if constexpr (std::is_void_v<T>)
            asked.deliver(height.map([](std::uint64_t) {}));
          else
            asked.deliver(height);
        },
        request_to_change(asked, what));
  };
  auto before = cells.answered_before(what.operation_id, what.call);
  if (!before)
    return tell(tl::unexpected(before.error()));
  if (*before)
    return tell(**before);
  auto made = what.make();
  if (!made)
    return tell(tl::unexpected(made.error()));
  auto call = what.call;
  if (call.what == kind::advance_watermark)
    call.height = cells.watermark();
  std::vector<cell_change> changes;
  if (*made)
    changes.push_back(std::move(**made));
  if (!what.operation_id.empty())
    changes.push_back(cells.remember(what.operation_id, call));
  if (changes.empty())
    return tell(call.height);
  auto to_stage = staged_with(std::move(changes), std::move(asked.taken));
  if constexpr (std::is_void_v<T>)
    asked.promise.delegate(keeper, atoms::stage_v, std::move(to_stage));
  else
    asked.promise.delegate(keeper, atoms::stage_v, std::move(to_stage), call.height);
}

staged_cells keyed_shard_state::staged_with(std::vector<cell_change> made, place taken) {
  if (pending.empty())
    busy_since = self->clock().now();
  pending.push_back({++staged, std::move(taken)});
  for (const auto& one : made)
    for (auto& read : awakened_by(one))
      answer(read.id, std::move(read.value));
  // Once a commit, and along with something that is committed anyway.
  if (std::exchange(collection_due, false))
    std::ranges::move(cells.collect(), std::back_inserter(made));
  return {key, session, staged, std::move(made)};
}

std::vector<answered_read> keyed_shard_state::awakened_by(const cell_change& made) {
  if (const auto* written = std::get_if<write_slot>(&made))
    return uncertain.slot_closed(cells, written->key, written->height);
  if (const auto* freed = std::get_if<free_slot>(&made))
    return uncertain.slot_closed(cells, freed->key, freed->height);
  if (std::holds_alternative<set_marks>(made))
    return uncertain.watermark_moved(cells);
  return {};
}

// -- answering ------------------------------------------------------------------------------------

void keyed_shard_state::hold(std::function<void()> deliver, request again) {
  if (durable == staged)
    deliver();
  else
    held.push_back({staged, std::move(deliver), std::move(again)});
}

void keyed_shard_state::committed(std::uint64_t of, std::uint64_t number) {
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

void keyed_shard_state::answered_until(std::uint64_t number) {
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

void keyed_shard_state::rolled_back(std::uint64_t of) {
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

keyed_shard_actor spawn_keyed_shard(caf::actor_system& system, shard_key key,
                                    cell_keeper_actor keeper, cell_options options,
                                    shard_gates gates) {
  return compat::spawn<keyed_shard_actor, keyed_shard_state>(
      system, std::move(key), std::move(keeper), options, std::move(gates));
}

} // namespace lockstep
