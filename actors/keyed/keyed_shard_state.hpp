#pragma once

/// The state of a keyed shard, for the files that implement it: `keyed_shard.cpp` loads, changes
/// and answers, `keyed_shard_reads.cpp` reads.

#include "actors/admission.hpp"
#include "actors/errors.hpp"
#include "actors/keyed/keyed_shard.hpp"
#include "model/cells/waiting_reads.hpp"

#include <caf/disposable.hpp>
#include <caf/typed_response_promise.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace lockstep {

struct keyed_shard_state {
  static constexpr const char* name = "lockstep.keyed_shard";

  using clock_time = caf::actor_clock::time_point;

  /// Something to do once there are cells, or to refuse.
  struct request {
    std::function<void()> handle;
    std::function<void(const failure&)> refuse;
  };

  /// The place of a request in the queue of its shard, shared by all that is still to be done for
  /// it.
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

  /// What somebody asks to change, and under which operation id; empty: none.
  struct asked_change {
    cell_call call;
    std::string operation_id;
    /// Makes the change in memory. @returns it, unless nothing changes.
    std::function<result<std::optional<cell_change>>()> make;
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

  /// A read that is not answered yet.
  struct open_read {
    owed_answer<cell_reading> asked;
    cell_key key;
    std::uint64_t height = 0;
    clock_time deadline;
    caf::disposable timer;
  };

  keyed_shard_state(keyed_shard_actor::pointer self_ptr, shard_key own, cell_keeper_actor by,
                    cell_options how, shard_gates through);
  ~keyed_shard_state();

  keyed_shard_actor::behavior_type make_behavior();

  // -- loading ------------------------------------------------------------------------------------

  void load();
  void loaded(const loaded_cells& found);
  void not_loaded(const caf::error& reason);
  /// In the order of their arrival.
  void when_ready(request what);
  caf::result<void> await_start();

  template <class T>
  static std::function<void(const failure&)> refusal_of(caf::typed_response_promise<T> promise) {
    return [promise](const failure& why) mutable { promise.deliver(to_error(why)); };
  }

  /// Errors: `overloaded`.
  result<place> enter(const std::shared_ptr<admission>& gate);

  // -- changing -----------------------------------------------------------------------------------

  /// The answer is the watermark, if it is one.
  template <class T>
  caf::result<T> change(asked_change what);
  template <class T>
  request request_to_change(owed_answer<T> asked, asked_change what);
  template <class T>
  void apply(owed_answer<T> asked, const asked_change& what);
  staged_cells staged_with(std::vector<cell_change> made, place taken);
  std::vector<answered_read> awakened_by(const cell_change& made);

  // -- answering ----------------------------------------------------------------------------------

  /// Answers when everything is durable that the answer may have seen.
  void hold(std::function<void()> deliver, request again);
  void committed(std::uint64_t of, std::uint64_t number);
  /// The keeper has answered those.
  void answered_until(std::uint64_t number);
  /// What is in memory may never be durable: begins again with what is, and does again what has not
  /// been answered.
  void rolled_back(std::uint64_t of);

  // -- reading ------------------------------------------------------------------------------------

  caf::result<cell_reading> read(const cell_query& query);
  request request_for(std::uint64_t id);
  void look_up(std::uint64_t id);
  void expire(std::uint64_t id);
  /// Heights and watermarks are the shard's, whatever cells it has.
  [[nodiscard]] failure located(failure why) const;
  void answer(std::uint64_t id, result<cell_value> value);
  void finish(std::uint64_t id, result<cell_value> value);
  caf::result<keyed_shard_contents> show();
  request request_to_show(const caf::typed_response_promise<keyed_shard_contents>& promise);
  void show(caf::typed_response_promise<keyed_shard_contents> promise);

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

} // namespace lockstep
